// Sends bytes as they are over TLS, each on a connection of its own, and prints what came back:
// node system-raw.ts HOST <<< '["base64 of bytes", …]'   →   '["base64 of the answer", …]'
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";

const [host = ""] = process.argv.slice(2);
const idleMs = 3000;

/** Everything until the other end closes, or falls silent after it has said something. */
async function exchange(bytes: Buffer): Promise<Buffer> {
  const socket = connect({ host, port: 443, servername: host, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const answer: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => answer.push(chunk)).on("error", () => socket.destroy());
  socket.setTimeout(idleMs, () => socket.destroy());
  await once(socket, "secureConnect");
  const closed = once(socket, "close");
  socket.write(bytes);
  await closed;
  return Buffer.concat(answer);
}

const requests = JSON.parse(await text(process.stdin)) as string[];
const answers = await Promise.all(requests.map((one) => exchange(Buffer.from(one, "base64"))));
console.log(JSON.stringify(answers.map((one) => one.toString("base64"))));
