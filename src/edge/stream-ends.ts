// Connections of listeners to what is drained, and when they end: the workers of the second nginx end them (src/gateway/listener-ends.ts).
import { dirname, join } from "node:path";
import type { StreamObject } from "../wire/edge.ts";
import type { ConnectionEnd, Drain, EndsPost } from "../wire/edge-state.ts";
import { teller } from "./drains.ts";

/** The second nginx's own; `socket` is that of HTTP's. */
export const streamSocket = (socket: string) => join(dirname(socket), "stream.sock");

/**
 * When connections to each drained target end; left out where one of several services with the target at this address and port goes on:
 * a socket does not say whose it is.
 */
export function endsOf({ services }: Pick<StreamObject, "services">, drains: readonly Drain[]): ConnectionEnd[] {
  const ends = new Map<string, ConnectionEnd>();
  for (const [service, { targets, drained = [] }] of Object.entries(services)) {
    const endMsOf = (target: string) =>
      Math.min(
        ...drains
          .filter(({ kind, name }) => (kind === "host" && name === target) || (kind === "service" && name === service))
          .map(({ endMs }) => endMs),
      );
    const all = [
      ...targets.map((target) => ({ ...target, endMs: Infinity })),
      ...drained.map((target) => ({ ...target, endMs: endMsOf(target.name) })),
    ];
    for (const { address, port, endMs } of all) {
      const key = `${address} ${port}`;
      ends.set(key, { address, port, endMs: Math.max(endMs, ends.get(key)?.endMs ?? 0) });
    }
  }
  return [...ends.values()].filter(({ endMs }) => Number.isFinite(endMs));
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
    const post: EndsPost = { ends: endsOf(object, drains()) };
    return { post, isEmpty: post.ends.length === 0 };
  });
}
