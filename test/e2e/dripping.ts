// Bodies that come piece by piece, over each version of HTTP: what becomes of a request while its body is not whole.
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";

export interface DrippingBody {
  /** All that came back. */
  readonly answer: () => string;
  /** The gateway has closed the connection. */
  readonly isClosed: () => boolean;
  readonly end: () => void;
}

/** Far more than comes while any test waits: such a request ends by the gateway alone. */
const declaredBytes = 2 ** 29;

/** A POST over HTTP/1.1 whose body never ends; `headers` are lines with their ends. */
export function dripBody(port: number, host: string, headers = ""): DrippingBody {
  let answer = "";
  let isClosed = false;
  const head = `POST / HTTP/1.1\r\nHost: ${host}\r\n${headers}Content-Length: ${declaredBytes}\r\n\r\n`;
  const socket = connect(port, "127.0.0.1", () => socket.write(head));
  const timer = setInterval(() => socket.write("x".repeat(100)), 50); // 2 kB a second: not too slow a body
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearInterval(timer);
    isClosed = true;
  });
  return { answer: () => answer, isClosed: () => isClosed, end: () => void socket.destroy() };
}

/** A connection of HTTP/2 to the gateway, under a name that it has a certificate for. */
export function http2Session(port: number, serverName: string): ClientHttp2Session {
  return connectHttp2(`https://${serverName}:${port}`, {
    lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    rejectUnauthorized: false,
  });
}

/** The status of a POST over HTTP/2 whose body comes piece by piece ten times a second, or of what reset its stream. */
export async function dripStream(
  session: ClientHttp2Session,
  host: string,
  path: string,
  piece: string,
  pieces: number,
): Promise<string> {
  const stream = session.request({ ":method": "POST", ":path": path, ":authority": host });
  let answer = "";
  stream.on("response", (headers) => {
    answer = `status ${headers[":status"]}`;
  });
  stream.on("error", () => {});
  let left = pieces;
  const timer = setInterval(() => {
    if (stream.destroyed) return;
    left--;
    if (left > 0) stream.write(piece);
    else stream.end(piece);
  }, 100);
  stream.resume();
  await new Promise((resolve) => stream.once("close", resolve));
  clearInterval(timer);
  return answer || `reset ${stream.rstCode}`;
}
