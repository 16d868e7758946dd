// Helps a bypass up. Both ends are told of it at about the same time, and what the first of them sends finds nobody: WireGuard would
// send again after five seconds, for which the whole rotation waits.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState } from "../../wire/mesh.ts";
import type { Greeter } from "../direct/greet.ts";

export interface BypassParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly mesh: () => MeshState | undefined;
  readonly greeter: Pick<Greeter, "greetStrangers">;
}

export interface BypassHelp {
  /** The mesh may be another one. */
  readonly look: () => void;
  readonly close: () => void;
}

/** When those that have not answered are greeted again, each after the one before; then it is left to WireGuard. */
const greetAfterMs = [1_000, 1_000, 1_500];

export function helpBypass({ clock, mesh, greeter }: BypassParts): BypassHelp {
  let known = "";
  let end = new AbortController();

  async function greet(signal: AbortSignal): Promise<void> {
    for (const ms of greetAfterMs) {
      await clock.sleep(ms, signal);
      if (signal.aborted) return;
      void greeter.greetStrangers("pwx");
    }
  }

  function look(): void {
    const peers = mesh()?.peers.filter(({ plane, endpoint }) => plane === "pwx" && endpoint !== undefined) ?? [];
    const now = peers.map(({ publicKey }) => publicKey).join();
    if (now === known) return;
    known = now;
    end.abort();
    end = new AbortController();
    if (peers.length > 0) void greet(end.signal);
  }

  look();
  return { look, close: () => end.abort() };
}
