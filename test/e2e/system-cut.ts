// Stands at nginx's socket between the edge process and nginx, and damages the snapshots that pass:
// node system-cut.ts SOCKET REAL-SOCKET MODE-FILE   (the file says `half`, `digest` or `none`)
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

const [socket = "", realSocket = "", modeFile = ""] = process.argv.slice(2);

const damages: Record<string, (body: Buffer) => Buffer> = {
  half: (body) => body.subarray(0, body.length >> 1),
  // One letter of an object: still JSON, of the same shape, with the digest of the whole one.
  digest: (body) => Buffer.from(body.toString().replace("/damaged", "/demaged")),
  none: (body) => body,
};

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method, url: path } = incoming;
  const whole = await buffer(incoming);
  const body = path === "/snapshot" ? damages[readFileSync(modeFile, "utf8").trim()]!(whole) : whole;
  const headers = { host: "nginx", "content-length": body.length };
  const sent = request({ socketPath: realSocket, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, { "content-type": "application/json" });
    answer.pipe(outgoing);
  });
  sent.on("error", () => outgoing.destroy());
  sent.end(body);
}

createServer((incoming, outgoing) => void pass(incoming, outgoing)).listen(socket, () => console.log("between"));
