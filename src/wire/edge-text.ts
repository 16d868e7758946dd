// What an edge says of targets and breakers, in the words that the command line and the dashboard share.
import type { EdgeStatus } from "./stream.ts";

/** `orders api-1 (status 503)` and `orders api-2 (ejected)` for each target that is left out. */
export function targetsOut({ targets }: Pick<EdgeStatus, "targets">): string[] {
  return targets.flatMap(({ service, target, ejected, down }) =>
    ejected || down !== undefined ? [`${service} ${target} (${down ?? "ejected"})`] : [],
  );
}

/** `orders open (errors)` for each breaker that is not closed. */
export function breakersOpen({ breakers = [] }: Pick<EdgeStatus, "breakers">): string[] {
  return breakers.flatMap(({ service, state, reason }) => {
    if (state === "closed") return [];
    return [`${service} ${state === "open" ? "open" : "half open"}${reason === undefined ? "" : ` (${reason})`}`];
  });
}
