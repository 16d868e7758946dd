// What an edge says of targets, listeners, breakers and its clients, in the words that the command line and the dashboard share.
import type { EdgeStatus, ListenerStatus } from "./stream.ts";

/** `orders api-1 (status 503)` and `orders api-2 (ejected)` for each target that is left out. */
export function targetsOut({ targets }: Pick<EdgeStatus, "targets">): string[] {
  return targets.flatMap(({ service, target, ejected, down }) =>
    ejected || down !== undefined ? [`${service} ${target} (${down ?? "ejected"})`] : [],
  );
}

/** `2 workers`, and what old ones have left after a reload. */
export function workersText({ workers, leaving }: EdgeStatus["nginx"]): string {
  if (leaving === undefined) return `${workers} workers`;
  return `${workers} workers, ${leaving.workers} leaving with ${leaving.requests} requests`;
}

/** `orders open (errors)` for each breaker that is not closed. */
export function breakersOpen({ breakers = [] }: Pick<EdgeStatus, "breakers">): string[] {
  return breakers.flatMap(({ service, state, reason }) => {
    if (state === "closed") return [];
    return [`${service} ${state === "open" ? "open" : "half open"}${reason === undefined ? "" : ` (${reason})`}`];
  });
}

/** `db-1 3` for each target of a listener that has connections open. */
export function openTo({ targets }: Pick<EdgeStatus, "targets">, { services }: ListenerStatus): string[] {
  return targets.flatMap(({ service, target, connections = 0 }) =>
    connections > 0 && services.includes(service) ? [`${target} ${connections}`] : [],
  );
}

type OfClients = Pick<EdgeStatus, "givenUpPerSecond" | "floodsPerSecond">;

/** `12.0 given up/s` and `0.5 floods/s`, each when there are any. */
export function clientsText({ givenUpPerSecond = 0, floodsPerSecond = 0 }: OfClients): string[] {
  const rates = { "given up": givenUpPerSecond, floods: floodsPerSecond };
  return Object.entries(rates).flatMap(([name, rate]) => (rate > 0 ? [`${rate.toFixed(1)} ${name}/s`] : []));
}
