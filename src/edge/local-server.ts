// What the edge process answers on its own host: metrics for Prometheus, health and status for programs beside it.
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { ConnectionFailed, request } from "../lib/http.ts";
import type { GatewayCounters, GatewayState, TimeHistogram } from "../wire/edge-state.ts";
import { AppError } from "../wire/errors.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import { prometheusText, quantileGauges } from "./prometheus.ts";
import { stateGauges } from "./state-gauges.ts";

export interface Answer {
  readonly status: number;
  readonly type: "application/json" | "text/plain; version=0.0.4; charset=utf-8";
  readonly body: string;
}

/** By path; each is asked with GET. */
export type Pages = Readonly<Record<string, () => Answer>>;

/** `/metrics`; `/health`: 200 when nginx serves what was pushed last, 503 otherwise; `/status`: an EdgeStatus. */
export function localPages(facts: {
  readonly status: () => EdgeStatus;
  readonly counters: () => GatewayCounters;
  /** What was observed in the last minute, by series. */
  readonly recent: () => Readonly<Record<string, TimeHistogram>>;
  readonly state: () => GatewayState | undefined;
  /** The edge's own count of the snapshot that every worker has. */
  readonly snapshotRevision: () => number;
  /** Since it is that one. */
  readonly snapshotAgeSeconds: () => number;
}): Pages {
  const json = (status: number, value: unknown): Answer => ({
    status,
    type: "application/json",
    body: `${JSON.stringify(value)}\n`,
  });
  return {
    "/status": () => json(200, facts.status()),
    "/health": () => {
      const { nginx, snapshotError, revision } = facts.status();
      const healthy = nginx.running && nginx.configError === undefined && snapshotError === undefined;
      return json(healthy ? 200 : 503, { healthy, revision, nginx, snapshotError });
    },
    "/metrics": () => {
      const { nginx, revision } = facts.status();
      const { counters, histograms } = facts.counters();
      const gauges = { ...stateGauges(facts.state()), ...quantileGauges(facts.recent()) };
      const body = prometheusText(
        { counters: { ...counters, ...gauges }, histograms },
        {
          portway_nginx_up: nginx.running ? 1 : 0,
          portway_nginx_workers: nginx.workers,
          portway_control_revision: revision,
          portway_snapshot_revision: facts.snapshotRevision(),
          portway_snapshot_age_seconds: facts.snapshotAgeSeconds(),
        },
      );
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body };
    },
  };
}

export interface LocalServer {
  /** Where it listens; the port is the one that the system gave when 0 was asked for. */
  readonly port: number | undefined;
  readonly close: () => Promise<void>;
}

/** Serves on an address of loopback; throws AppError when the port is taken. */
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
