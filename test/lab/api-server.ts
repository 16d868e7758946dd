// A small API to stand behind an edge: node test/lab/api-server.ts --port 8080 --name api-1 [--address ::]
// It tells what it was asked, and misbehaves on request.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { acceptWebSocket } from "./websocket.ts";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    name: { type: "string", default: "api" },
    address: { type: "string", default: "::" },
  },
});

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** By the first part of the path; anything else is answered with what was asked. */
const answers: Record<string, Answer> = {
  healthz: (_request, response) => response.end("ok\n"),
  /** /slow?ms=500 answers after that long. */
  slow: (request, response, url) => {
    setTimeout(describe, Number(url.searchParams.get("ms") ?? 1000), request, response);
  },
  /** /status/503 */
  status: (request, response, url) => describe(request, response, Number(url.pathname.split("/")[2])),
  /** /bytes/1000000 */
  bytes: (_request, response, url) => response.end(Buffer.alloc(Number(url.pathname.split("/")[2]), "x")),
  /** Sends the body back as it comes in. */
  echo: (request, response) => {
    response.setHeader("content-type", request.headers["content-type"] ?? "application/octet-stream");
    request.pipe(response);
  },
  /** Server-sent events until the other end closes. */
  events: (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write("data: again\n\n"), 100);
    response.on("close", () => clearInterval(timer));
  },
  /** Resets the connection instead of answering. */
  reset: (request) => request.socket.resetAndDestroy(),
  /** Never answers. */
  hang: () => {},
  /** Answers what is not HTTP. */
  garbage: (request) => request.socket.end("\x16\x03 this is not HTTP\r\n\r\n"),
};

const server = createServer((request, response) => {
  response.setHeader("x-served-by", options.name);
  const url = new URL(request.url ?? "/", "http://api");
  const answer = answers[url.pathname.split("/")[1] ?? ""];
  if (answer) answer(request, response, url);
  else describe(request, response);
});
server.on("upgrade", (request, socket) => acceptWebSocket(request, socket));
server.listen(Number(options.port), options.address, () => console.log(`${options.name} listens on ${options.port}`));

function describe(request: IncomingMessage, response: ServerResponse, status = 200): void {
  const { method, url, headers, socket } = request;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ host: options.name, method, path: url, headers, address: socket.remoteAddress }));
}
