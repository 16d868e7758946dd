// A client of an edge on loopback: names resolve to 127.0.0.1, and the lab's self-signed certificates are taken.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";

export interface Ask {
  readonly port: number;
  /** TLS with this name, and the Host header unless `headers` has one. */
  readonly name?: string;
  readonly isSecure?: boolean;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One HTTP/1.1 request on a connection of its own; rejects when there is no whole answer. */
export function ask(options: Ask): Promise<Told> {
  return new Promise((resolve, reject) => {
    const outgoing = outgoingOf(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        if (!incoming.complete) return reject(new Error("the answer was cut"));
        resolve({ status: incoming.statusCode!, headers: incoming.headers, body });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(options.body);
  });
}

function outgoingOf(options: Ask, onResponse: (incoming: IncomingMessage) => void) {
  const { port, name = "api.test", isSecure = true, path = "/", method = "GET" } = options;
  const settings = {
    host: "127.0.0.1",
    port,
    path,
    method,
    agent: false as const,
    headers: { host: name, ...options.headers },
  };
  return isSecure
    ? httpsRequest({ ...settings, servername: name, rejectUnauthorized: false }, onResponse)
    : httpRequest(settings, onResponse);
}

/** One request over HTTP/2. */
export async function askHttp2({ port, name = "api.test", path = "/" }: Ask): Promise<Told> {
  const session = connectHttp2(`https://${name}:${port}`, {
    host: "127.0.0.1",
    servername: name,
    rejectUnauthorized: false,
    lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  try {
    return await new Promise((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({ ":path": path });
      let headers: Record<string, unknown> = {};
      let body = "";
      stream.on("response", (got) => {
        headers = got;
      });
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        body += chunk;
      });
      stream.on("error", reject);
      stream.on("end", () => {
        resolve({ status: Number(headers[":status"]), headers: headers as Told["headers"], body });
      });
    });
  } finally {
    session.close();
  }
}

export interface EchoSocket {
  /** Sends a short text and gives what comes back. */
  readonly say: (text: string) => Promise<string>;
  readonly close: () => void;
}

/** Opens a WebSocket (RFC 6455). */
export function openWebSocket(options: Ask): Promise<EchoSocket> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const outgoing = outgoingOf({ ...options, headers }, (incoming) => {
      reject(new Error(`no WebSocket: ${incoming.statusCode}`));
      incoming.resume();
    });
    outgoing.on("error", reject);
    outgoing.on("upgrade", (_incoming, socket: Socket) => {
      socket.on("error", () => {});
      resolve({ say: (text) => say(socket, text), close: () => socket.destroy() });
    });
    outgoing.end();
  });
}

function say(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error("the WebSocket was closed"));
    if (socket.closed) return closed();
    socket.once("close", closed);
    socket.once("data", (frame: Buffer) => {
      socket.off("close", closed);
      resolve(frame.subarray(2).toString());
    });
    // A mask of zeros leaves the text as it is.
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  });
}
