// Targets that behave and targets that do not, and the bytes of an exchange with the gateway.
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Origin {
  readonly port: number;
  /** Requests, or connections of one that reads none, so far. */
  readonly count: () => number;
  readonly close: () => void;
}

/** What a describing origin saw of a request. */
export interface Seen {
  readonly origin: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number;
}

/** Answers each request with what it saw of it. */
export function describingOrigin(name: string): Promise<Origin> {
  return httpOrigin((request, response) => {
    let bodyBytes = 0;
    request.on("data", (chunk: Buffer) => {
      bodyBytes += chunk.length;
    });
    request.on("end", () => {
      const { method = "", url = "", headers, rawHeaders } = request;
      const seen: Seen = { origin: name, method, url, headers, rawHeaders, bodyBytes };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(seen));
    });
  });
}

/** `upgraded` takes connections that become another protocol's. */
export function httpOrigin(
  listener: RequestListener,
  upgraded?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<Origin> {
  let count = 0;
  const server = createHttpServer((request, response) => {
    count++;
    listener(request, response);
  });
  if (upgraded) server.on("upgrade", upgraded);
  return listening(server, {
    count: () => count,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
}

/** Does to each connection what it is told, once the first bytes have come. */
export function rawOrigin(behave: (socket: Socket) => void): Promise<Origin> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", () => behave(socket));
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return listening(server, { count: () => count, close });
}

function listening(
  server: { listen: (port: number, host: string, done: () => void) => unknown; address: () => unknown },
  origin: Omit<Origin, "port">,
): Promise<Origin> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, ...origin }));
  });
}

/** Sends bytes as they are and returns all that comes back until the gateway closes, or `quietMs` after the last of it. */
export function exchange(port: number, bytes: string, quietMs = 300): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(bytes, "latin1")));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? undefined : reject(error)));
    socket.on("close", () => resolve(answer));
  });
}

/** The status of each response in a text of them. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]));
}
