// Helps a bypass up. Both ends are told of it at about the same time, and what the first of them sends finds nobody: WireGuard would
// send again after five seconds, for which the whole rotation waits.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState } from "../../wire/mesh.ts";
import type { Greeter } from "../direct/greet.ts";
import { every } from "../every.ts";

export interface BypassParts {
  readonly clock: Clock;
  readonly mesh: () => MeshState | undefined;
  readonly greeter: Pick<Greeter, "greetStrangers">;
}

const lookMs = 250;
/** When those that have not answered are greeted again, after they are known; then it is left to WireGuard. */
const greetAtMs = [1_000, 2_000, 3_500];

export function helpBypass({ clock, mesh, greeter }: BypassParts): { readonly close: () => void } {
  let known = "";
  let since = 0;
  let greeted = 0;
  return every(clock, lookMs, () => {
    const peers = mesh()?.peers.filter(({ plane, endpoint }) => plane === "pwx" && endpoint !== undefined) ?? [];
    const now = peers.map(({ publicKey }) => publicKey).join();
    if (now !== known) [known, since, greeted] = [now, clock.monotonic(), 0];
    const dueMs = greetAtMs[greeted];
    if (peers.length === 0 || dueMs === undefined || clock.monotonic() - since < dueMs) return;
    greeted++;
    void greeter.greetStrangers("pwx");
  });
}
