// Serves an agent's metrics on loopback and on the host's overlay addresses, nowhere else: the overlay's firewall lets in
// those hosts alone that an access rule names.
import { type LocalServer, type Pages, serveOnPort } from "../../host/pages.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { prometheusText } from "../../lib/prometheus.ts";
import type { LineView } from "../../wire/netcheck.ts";
import { startLoop } from "../loop.ts";
import { type GaugeFacts, gaugesOf } from "./gauges.ts";
import { help } from "./help.ts";
import type { Tally } from "./tally.ts";

/** Beside 9145, the edge's. */
const metricsPort = 9146;

export interface ServeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly tally: Tally;
  readonly facts: () => GaugeFacts;
  /** For `portway netcheck`, on loopback alone. */
  readonly line: () => LineView | undefined;
  /** 9146 unless told. */
  readonly port?: number;
}

export interface MetricsServer {
  readonly close: () => Promise<void>;
}

const everyMs = 5_000;
const loopback = "127.0.0.1";

/** An address that is not there yet is tried again, one that is no longer this host's is left. */
export function serveMetrics({ clock, log, tally, facts, line, port = metricsPort }: ServeOptions): MetricsServer {
  const servers = new Map<string, LocalServer>();
  const refused = new Set<string>();
  const pages: Pages = {
    "/metrics": () => ({
      status: 200,
      type: "text/plain; version=0.0.4; charset=utf-8",
      body: metricsText(tally, facts()),
    }),
  };
  const ownPages: Pages = {
    ...pages,
    "/line": () => {
      const view = line();
      return { status: view ? 200 : 404, type: "application/json", body: JSON.stringify(view ?? {}) };
    },
  };
  const listen = async (address: string) => {
    try {
      servers.set(address, await serveOnPort(address, port, address === loopback ? ownPages : pages));
      refused.delete(address);
    } catch (error) {
      if (!refused.has(address)) log.warn({ reason: (error as Error).message }, "no metrics here yet");
      refused.add(address);
    }
  };
  const loop = startLoop({
    clock,
    everyMs,
    quietMs: 0,
    round: async () => {
      const { mesh } = facts();
      const wanted = [loopback, ...(mesh === undefined ? [] : [mesh.host.ipv4, mesh.host.ipv6])];
      for (const [address, server] of servers) {
        if (wanted.includes(address)) continue;
        servers.delete(address);
        await server.close();
      }
      for (const address of wanted) if (!servers.has(address)) await listen(address);
      return "done";
    },
  });
  return {
    async close() {
      await loop.close();
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** What `/metrics` answers. */
export function metricsText(tally: Tally, facts: GaugeFacts): string {
  return prometheusText({ values: { ...tally.values(), ...gaugesOf(facts) }, histograms: tally.histograms() }, help);
}
