// How many connections listeners have open now, for metrics and status.
import type { Clock } from "../lib/clock.ts";
import type { StreamObject } from "../wire/edge.ts";
import type { Drain, GatewayCounters } from "../wire/edge-state.ts";
import type { ListenerStatus } from "../wire/stream.ts";
import { type OpenConnections, openConnections } from "./open-connections.ts";
import { type KnownStream, listenedServices } from "./stream-services.ts";

export interface StreamOpen {
  /** Counts them; gives the ms until the next time. */
  readonly pass: () => Promise<number>;
  /** As they were counted last; none before the first time. */
  readonly listeners: () => readonly ListenerStatus[];
  /** Undefined: no listener's, or not counted yet. */
  readonly to: (service: string, target: string) => number | undefined;
  /**
   * To what is drained; at the most, where something else on this host has connections to the same targets. Undefined: not counted
   * since the targets were others.
   */
  readonly leftOf: (drain: Pick<Drain, "kind" | "name">) => number | undefined;
  readonly gauges: () => GatewayCounters["counters"];
}

const leastMs = 1_000;
const idleMs = 60_000;
/** With a gauge of their own; the rest share `other`. */
const mostTargets = 2_000;
/** Counting never takes more than this part of the time. */
const share = 1 / 50;

export function streamOpen(
  known: () => KnownStream,
  clock: Pick<Clock, "monotonic">,
  count = openConnections,
): StreamOpen {
  let open: OpenConnections | undefined;
  let counted: StreamObject | undefined;

  function listeners(): ListenerStatus[] {
    const { stream } = known();
    if (open === undefined || stream === undefined) return [];
    const { at } = open;
    return stream.listeners.map((listener) => {
      const { name, port } = listener;
      return { name, port, services: listenedServices(listener), connections: at(port) };
    });
  }

  function to(service: string, target: string): number | undefined {
    const targets = known().services.find(({ name }) => name === service)?.targets;
    const found = targets?.find(({ name }) => name === target);
    return found && open?.to(found);
  }

  function leftOf({ kind, name }: Pick<Drain, "kind" | "name">): number | undefined {
    const { stream } = known();
    if (stream === undefined || kind === "route") return 0;
    if (open === undefined || counted !== stream) return undefined;
    const { at, to } = open;
    let left = 0;
    for (const [service, { drained = [] }] of Object.entries(stream.services)) {
      const targets = drained.filter((target) => name === (kind === "host" ? target.name : service));
      const listeners = stream.listeners.filter((listener) => listenedServices(listener).includes(service));
      left += Math.min(
        sum(targets, to),
        sum(listeners, ({ port }) => at(port)),
      );
    }
    return left;
  }

  return {
    listeners,
    to,
    leftOf,
    async pass() {
      const { stream } = known();
      if (stream === undefined) {
        open = undefined;
        return idleMs;
      }
      const ports = stream.listeners.map(({ port }) => port);
      const began = clock.monotonic();
      const services = Object.values(stream.services);
      open = await count({ ports, targets: services.flatMap(({ targets, drained = [] }) => [...targets, ...drained]) });
      counted = stream;
      return Math.max(leastMs, (clock.monotonic() - began) / share);
    },
    gauges() {
      const gauges: Record<string, number> = {};
      for (const { name, connections } of listeners()) {
        gauges[`portway_listener_open_connections|listener=${name}`] = connections;
      }
      let own = 0;
      for (const { name: service, targets } of open === undefined ? [] : known().services) {
        for (const { name: target } of targets) {
          own++;
          const labels = own > mostTargets ? "service=other,target=other" : `service=${service},target=${target}`;
          const key = `portway_listener_target_open_connections|${labels}`;
          gauges[key] = (gauges[key] ?? 0) + to(service, target)!;
        }
      }
      return gauges;
    },
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
