// Tells nginx which targets must not be used, and which are far: at each change, and again before the lease of what it was
// told is over.
import { backoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { ConnectionFailed, type Door, request } from "../../lib/http.ts";
import type { HealthPost, TargetDown } from "../../wire/edge-state.ts";
import { parseState } from "../gateway-state.ts";

/** Long enough for an edge to be started again, short enough that nobody goes by what nobody checks. */
const leaseMs = 30_000;
const againMs = 5_000;
const idleMs = 3_600_000;

export interface VerdictTeller {
  /** One pass; gives the ms until the next. Throws when nginx will not have what it is told. */
  readonly pass: () => Promise<number>;
  /** nginx was started anew: what it was told may be gone. */
  readonly forget: () => void;
}

export function verdictTeller(
  door: Door,
  verdicts: () => Pick<HealthPost, "down" | "far">,
  clock: Pick<Clock, "monotonic">,
): VerdictTeller {
  const waits = backoff(50, 2_000);
  let told: { readonly text: string; readonly untilMs: number } | undefined;
  let forgotten = 0;
  return {
    async pass() {
      const { down, far = [] } = verdicts();
      const text = JSON.stringify({ leaseMs, down, far } satisfies HealthPost);
      const now = clock.monotonic();
      if (told?.text === text && now < told.untilMs) return told.untilMs - now;
      const before = forgotten;
      told = undefined;
      try {
        const reply = await request({ ...door, method: "POST", path: "/health", body: text });
        if (reply.status !== 200) throw new Error(`nginx refused who is healthy: ${reply.status} ${reply.body}`);
      } catch (error) {
        if (error instanceof ConnectionFailed) return waits.next();
        throw error;
      }
      waits.reset();
      const waitMs = down.length + far.length > 0 ? againMs : idleMs;
      if (forgotten === before) told = { text, untilMs: now + waitMs };
      return waitMs;
    },
    forget() {
      forgotten++;
      told = undefined;
    },
  };
}

/** What an nginx that runs goes by; undefined when there is none. */
export async function knownVerdicts(door: Door): Promise<readonly TargetDown[] | undefined> {
  try {
    const { revision, down } = parseState(await request({ ...door, path: "/state", timeoutMs: 2_000 }));
    return revision > 0 ? (down ?? []) : undefined;
  } catch (error) {
    if (error instanceof ConnectionFailed) return undefined;
    throw error;
  }
}
