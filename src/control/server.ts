// The two doors of the API: TLS for hosts and remote administrators, a unix socket for the local one. Both are bounded in
// what a client may send and how long it may take.
import { chmodSync, existsSync, mkdirSync, unlinkSync } from "node:fs";
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import type { KeyedCertificate } from "../lib/x509.ts";
import { AppError } from "../wire/errors.ts";
import { type Bindings, problemOf } from "./api/app.ts";
import type { Exchanges } from "./api/exchange.ts";
import type { Door } from "./caller.ts";
import { rawProblem } from "./raw-problem.ts";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets what was said reach the others and open requests end, for a moment, then ends them all. */
  readonly close: () => Promise<void>;
}

/** A listening socket that a service manager opened and keeps open, by its number in this process. */
export interface Inherited {
  readonly fd: number;
}

export interface NetworkDoor extends Listening {
  /** New connections get this certificate. */
  readonly renewWith: (certificate: KeyedCertificate) => void;
}

const limits: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000, // longer than an agent's status interval
  connectionsCheckingInterval: 5_000,
};
const handshakeTimeoutMs = 10_000;
const maxConnections = 20_000;
const graceMs = 2_000;

/** Opens the door to the network. A client's certificate is asked for; what it is worth is decided a request. */
export async function listenOnNetwork(
  app: Hono<{ Bindings: Bindings }>,
  place: { readonly host: string; readonly port: number } | Inherited,
  tls: KeyedCertificate & { readonly rootPem: string },
  exchanges: Exchanges,
): Promise<NetworkDoor> {
  const context = (pair: KeyedCertificate) => ({
    cert: pair.certificatePem,
    key: pair.keyPem,
    ca: tls.rootPem,
    minVersion: "TLSv1.2" as const,
  });
  const server = createHttpsServer(
    {
      ...limits,
      ...context(tls),
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: true,
      rejectUnauthorized: false,
      shouldUpgradeCallback: exchanges.isAsked,
    },
    listenerOf(app, "network"),
  );
  const plain = plainSides(server);
  server.on("tlsClientError", (error, socket) => refuseHandshake(error, socket, plain.get(sideOf(socket))));
  server.on("upgrade", (incoming, socket: Duplex, head: Buffer) => void exchanges.serve(incoming, socket, head));
  const open = openAt(server);
  await listening(server, () => server.listen(place));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closed(server, open),
    renewWith: (pair) => server.setSecureContext(context(pair)),
  };
}

/** Opens the door for the local administrator: only its owner may connect. */
export async function listenOnSocket(
  app: Hono<{ Bindings: Bindings }>,
  path: string,
  inherited?: Inherited,
): Promise<Listening> {
  const server = createHttpServer(limits, listenerOf(app, "socket"));
  const open = openAt(server);
  if (inherited !== undefined) {
    await listening(server, () => server.listen(inherited));
    return { port: 0, close: () => closed(server, open) };
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (existsSync(path)) unlinkSync(path); // of a control that was killed: the registry's lock says that none lives
  await listening(server, () => {
    const mask = process.umask(0o177); // no moment in which others could connect
    server.listen(path);
    process.umask(mask);
  });
  chmodSync(path, 0o600);
  return { port: 0, close: () => closed(server, open) };
}

function listenerOf(app: Hono<{ Bindings: Bindings }>, door: Door): RequestListener {
  const listener = getRequestListener(
    (request, env) => app.fetch(request, { incoming: env.incoming, outgoing: env.outgoing, door } as Bindings),
    {
      overrideGlobalObjects: false,
      errorHandler: (error) =>
        problemOf(
          error instanceof RequestError
            ? new AppError("invalidRequest", "the request's target or Host cannot be read")
            : new AppError("internal", "something went wrong in control"),
        ),
    },
  );
  return (incoming, outgoing) => void listener(incoming, outgoing);
}

async function listening(server: Server, listen: () => void): Promise<void> {
  server.maxConnections = maxConnections;
  server.on("clientError", refuse);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    listen();
  });
}

const sideOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;

/** Connections below their TLS, by who opened them. */
function plainSides(server: Server): ReadonlyMap<string, Socket> {
  const sides = new Map<string, Socket>();
  server.prependListener("connection", (socket: Socket) => {
    const side = sideOf(socket);
    sides.set(side, socket);
    socket.once("close", () => sides.delete(side));
  });
  return sides;
}

/** Ends it, or one that never shakes hands would stay for good; who speaks plain HTTP is told so, in plain HTTP. */
function refuseHandshake(error: NodeJS.ErrnoException, socket: Socket, plain: Socket | undefined): void {
  if (error.code !== "ERR_SSL_HTTP_REQUEST" || !plain?.writable) return void socket.destroy();
  const hint = "write https:// in place of http://";
  plain.write(rawProblem(new AppError("invalidRequest", "this port speaks HTTPS alone", { hint })), () => {
    socket.destroy();
    plain.destroy();
  });
}

/** Answers what is not HTTP, or not in time, as the API answers everything. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  socket.end(rawProblem(new AppError("invalidRequest", "this is not a request that can be read")));
}

interface Open {
  /** Whatever they are at: the server itself loses sight of those that shake hands or were upgraded. */
  readonly connections: ReadonlySet<Socket>;
  readonly answers: ReadonlySet<ServerResponse>;
}

/** All that are open now. */
function openAt(server: Server): Open {
  const connections = new Set<Socket>();
  const answers = new Set<ServerResponse>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("request", (_, answer: ServerResponse) => {
    answers.add(answer);
    answer.once("close", () => answers.delete(answer));
  });
  return { connections, answers };
}

async function closed(server: Server, { connections, answers }: Open): Promise<void> {
  const timer = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, graceMs);
  // Not yet HTTP's own close: to that a connection is idle whose answer was ended, though the end of it was not sent.
  const allGone = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const said = [...answers].filter(({ writableEnded }) => writableEnded);
  await Promise.all(said.map((answer) => new Promise((resolve) => answer.once("close", resolve))));
  server.close();
  await allGone;
  clearTimeout(timer);
}
