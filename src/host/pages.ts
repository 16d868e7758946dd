// Pages that a program answers on its own host: for Prometheus, and for programs and people beside it.
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { ConnectionFailed, request } from "../lib/http.ts";
import { AppError } from "../wire/errors.ts";

export interface Answer {
  readonly status: number;
  readonly type: "application/json" | "text/plain; version=0.0.4; charset=utf-8";
  readonly body: string;
}

/** By path; each is asked with GET. */
export type Pages = Readonly<Record<string, () => Answer>>;

export interface LocalServer {
  /** Where it listens; the port is the one that the system gave when 0 was asked for. */
  readonly port: number | undefined;
  readonly close: () => Promise<void>;
}

/** Serves on an address of this host; throws AppError when the port is taken. */
export async function serveOnPort(host: string, port: number, pages: Pages): Promise<LocalServer> {
  const server = serverOf(pages);
  await listening(server, () => server.listen({ host, port })).catch((cause: Error) => {
    throw new AppError("unreachable", `cannot listen on ${host}:${port}: ${cause.message}`, { cause });
  });
  const address = server.address();
  return { port: typeof address === "object" ? address?.port : undefined, close: () => closing(server) };
}

/** Serves on a unix socket of this account; throws AppError when another process answers there already. */
export async function serveOnSocket(socketPath: string, pages: Pages): Promise<LocalServer> {
  if (await answers(socketPath)) {
    throw new AppError("usage", `an edge runs here already: it answers on ${socketPath}`, {
      hint: "stop it first, or use another state and run folder",
    });
  }
  rmSync(socketPath, { force: true }); // left by one that was killed
  const server = serverOf(pages);
  await listening(server, () => server.listen(socketPath));
  chmodSync(socketPath, 0o600);
  return { port: undefined, close: () => closing(server) };
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    await request({ socketPath, path: "/health", timeoutMs: 2_000 });
    return true;
  } catch (error) {
    return !(error instanceof ConnectionFailed && error.reason === "refused");
  }
}

function serverOf(pages: Pages): Server {
  return createServer((incoming, outgoing) => {
    const path = (incoming.url ?? "").split("?")[0]!;
    const page = Object.hasOwn(pages, path) && incoming.method === "GET" ? pages[path]! : undefined;
    const { status, type, body } = page?.() ?? { status: 404, type: "application/json", body: "{}" };
    outgoing.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
  });
}

function listening(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", resolve);
    start();
  });
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
