// Tells nginx which targets must not be used: at each change, and again before the lease of what it was told is over.
import { backoff } from "../../lib/backoff.ts";
import { ConnectionFailed, type Door, request } from "../../lib/http.ts";
import type { HealthPost, TargetDown } from "../../wire/edge.ts";
import { parseState } from "../gateway-state.ts";

/** Long enough for an edge to be started again, short enough that nobody goes by what nobody checks. */
const leaseMs = 30_000;
const againMs = 5_000;
const idleMs = 3_600_000;

/** One pass tells `down`, and gives the ms until the next. Throws when nginx will not have it. */
export function verdictTeller(door: Door, down: () => readonly TargetDown[]): () => Promise<number> {
  const waits = backoff(50, 2_000);
  return async () => {
    const post: HealthPost = { leaseMs, down: down() };
    try {
      const reply = await request({ ...door, method: "POST", path: "/health", body: JSON.stringify(post) });
      if (reply.status !== 200) throw new Error(`nginx refused who is healthy: ${reply.status} ${reply.body}`);
    } catch (error) {
      if (error instanceof ConnectionFailed) return waits.next();
      throw error;
    }
    waits.reset();
    return post.down.length > 0 ? againMs : idleMs;
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
