// The one way to change the registry: whatever is written, an audit entry is written with it. Since every change continues
// the chain, comparing the chain's head makes all that was read before the write still true when it is made.

import type { Clock } from "../lib/clock.ts";
import { absent, type Lease, put, type Registry, unchanged, type Write } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import { type AuditEvent, emptyChain, nextEntry } from "./audit.ts";
import { type AuditHead, auditHeadKey, auditKey } from "./keys.ts";

/** What is to be done, decided from what the registry holds; `author` may come out of it, as when a host joins. */
export interface Decision<T> {
  readonly writes: readonly Write[];
  readonly audit: Omit<AuditEvent, "at" | "author">;
  readonly result: T;
}

/**
 * Decides and writes as one step. `decide` reads the registry and may be called again when somebody else wrote in
 * between; what it throws ends the commit and nothing is written.
 */
export type Commit = <T>(
  author: string,
  decide: () => Promise<Decision<T>>,
  /** Whose write is refused (`fenced`) once another control leads. */
  lease?: Lease,
) => Promise<{ readonly revision: number; readonly result: T }>;

/** With one control there is no second writer; another one's haste is met this often. */
const maxAttempts = 10;

/** Commits to this registry. Those of one process wait for each other, so only other processes cause a new attempt. */
export function commitsTo(registry: Registry, clock: Pick<Clock, "now">): Commit {
  let previous: Promise<unknown> = Promise.resolve();
  return (author, decide, lease) => {
    const mine = previous.then(() => attempt(registry, clock, author, decide, lease));
    previous = mine.catch(() => {});
    return mine;
  };
}

async function attempt<T>(
  registry: Registry,
  clock: Pick<Clock, "now">,
  author: string,
  decide: () => Promise<Decision<T>>,
  lease: Lease | undefined,
): Promise<{ readonly revision: number; readonly result: T }> {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const head = await registry.get(auditHeadKey);
    const chain = head ? (JSON.parse(head.value) as AuditHead) : emptyChain;
    const { writes, audit, result } = await decide();
    const entry = nextEntry(chain, { at: new Date(clock.now()).toISOString(), author, ...audit });
    const next: AuditHead = { sequence: entry.sequence, hash: entry.hash };
    const done = await registry.transact(
      [head ? unchanged(head) : absent(auditHeadKey)],
      [...writes, put(auditKey(entry.sequence), JSON.stringify(entry)), put(auditHeadKey, JSON.stringify(next))],
      lease && { lease },
    );
    if (done.ok) return { revision: done.revision, result };
  }
  throw new AppError("storeUnavailable", "the registry is written by others all the time", { hint: "try again" });
}
