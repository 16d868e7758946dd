// Connections of listeners to what is drained, and when they end: the workers of the second nginx end them (src/gateway/listener-ends.ts).
import { dirname, join } from "node:path";
import type { StreamObject, StreamService } from "../wire/edge.ts";
import type { ConnectionEnd, Drain, EndsPost, ListenerEnd } from "../wire/edge-state.ts";
import { teller } from "./drains.ts";
import { listenedServices } from "./stream-services.ts";

/** The second nginx's own; `socket` is that of HTTP's. */
export const streamSocket = (socket: string) => join(dirname(socket), "stream.sock");

/**
 * When connections end that lead to drained targets. A socket says to which address and port it leads, and not for which service: where
 * another one goes on to the same place, clients' connections to a listener end instead, if it leads to nothing that goes on.
 */
export function endsOf(
  { listeners, services }: Pick<StreamObject, "listeners" | "services">,
  drains: readonly Drain[],
): EndsPost {
  const places = Object.entries(services).flatMap(([service, its]) => placesOf(service, its, drains));
  const ends = new Map<string, ConnectionEnd>();
  for (const { address, port, endMs } of places) {
    const key = `${address} ${port}`;
    ends.set(key, { address, port, endMs: Math.max(endMs, ends.get(key)?.endMs ?? 0) });
  }
  const isShared = ({ address, port, endMs }: Place) => ends.get(`${address} ${port}`)!.endMs > endMs;
  return {
    ends: [...ends.values()].filter(({ endMs }) => Number.isFinite(endMs)),
    listeners: listeners.flatMap((listener): ListenerEnd[] => {
      const led = places.filter(({ service }) => listenedServices(listener).includes(service));
      const endMs = Math.max(...led.map((place) => place.endMs));
      // HTTPS's own connections come to its port too
      return !listener.https && Number.isFinite(endMs) && led.some(isShared) ? [{ port: listener.port, endMs }] : [];
    }),
  };
}

interface Place extends ConnectionEnd {
  readonly service: string;
}

/** Where a service's connections lead, and when they end; never those to targets that go on. */
function placesOf(service: string, { targets, drained = [] }: StreamService, drains: readonly Drain[]): Place[] {
  const endMsOf = (target: string) =>
    Math.min(
      ...drains
        .filter(({ kind, name }) => (kind === "host" && name === target) || (kind === "service" && name === service))
        .map(({ endMs }) => endMs),
    );
  return [
    ...targets.map(({ address, port }) => ({ service, address, port, endMs: Infinity })),
    ...drained.map(({ name, address, port }) => ({ service, address, port, endMs: endMsOf(name) })),
  ];
}

/** One pass tells the second nginx, where there is one. */
export function endTeller(
  socketPath: string,
  stream: () => StreamObject | undefined,
  drains: () => readonly Drain[],
): () => Promise<number> {
  return teller({ socketPath }, "/ends", () => {
    const object = stream();
    if (object === undefined) return undefined;
    const post = endsOf(object, drains());
    return { post, isEmpty: post.ends.length === 0 && post.listeners.length === 0 };
  });
}
