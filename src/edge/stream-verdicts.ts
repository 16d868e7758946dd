// Which targets the second nginx leaves out, by what checks and tunnels say. It can be told by a reload alone, and each
// leaves workers behind that live as long as their connections: a target that comes and goes must not make hundreds of them.
// So one that is down goes out at once, and one that is well again waits the longer, the more often that happened lately.
import type { Clock } from "../lib/clock.ts";
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import type { TargetDown, TargetName } from "../wire/edge-state.ts";
import { type CheckedService, targetKey } from "./health/checked.ts";

export interface StreamVerdicts {
  /** Those to leave out now, by targetKey. */
  readonly leftOut: (services: readonly CheckedService[], down: readonly TargetName[]) => ReadonlySet<string>;
  /** Until another answer is due, ms; Infinity: only when something changes. */
  readonly dueMs: () => number;
}

/** Between the first two returns of targets; doubled by each further one that follows as soon as it may. */
const leastMs = 10_000;
const mostMs = 600_000;

export function streamVerdicts(clock: Pick<Clock, "monotonic">): StreamVerdicts {
  let inForce: ReadonlySet<string> = new Set();
  let pauseMs = leastMs;
  let returnedAt = -Infinity;
  let isHeld = false;

  function mayReturn(): boolean {
    const sinceMs = clock.monotonic() - returnedAt;
    if (sinceMs < pauseMs) return false;
    pauseMs = sinceMs < 2 * pauseMs ? Math.min(mostMs, 2 * pauseMs) : leastMs;
    returnedAt = clock.monotonic();
    return true;
  }

  return {
    leftOut(services, down) {
      const isDown = new Set(down.map(targetKey));
      const wanted = new Set<string>();
      const held = new Set<string>();
      for (const { name: service, targets } of services) {
        const keys = targets.map(({ name: target }) => targetKey({ service, target }));
        const out = someOf(keys, (key) => isDown.has(key)) ?? [];
        // Where nothing would be left, those that are well again are all it has, and do not wait.
        const also = someOf(keys, (key) => out.includes(key) || inForce.has(key)) ?? out;
        for (const key of out) wanted.add(key);
        for (const key of also) held.add(key);
      }
      isHeld = held.size > wanted.size && !mayReturn();
      inForce = isHeld ? held : wanted;
      return inForce;
    },
    dueMs: () => (isHeld ? Math.max(0, returnedAt + pauseMs - clock.monotonic()) : Infinity),
  };
}

/** Undefined when it is all of them. */
function someOf(keys: readonly string[], isOne: (key: string) => boolean): readonly string[] | undefined {
  const some = keys.filter(isOne);
  return some.length < keys.length ? some : undefined;
}

/** Who is left out and why, on disk: the second nginx goes by it also while no edge runs, and the next edge begins with it. */
export function keptVerdicts(path: string): {
  readonly known: readonly TargetDown[] | undefined;
  readonly keep: (down: readonly TargetDown[]) => void;
} {
  const known = readJsonIfAny(path) as readonly TargetDown[] | undefined;
  let kept = JSON.stringify(known ?? []);
  return {
    known,
    keep(down) {
      const text = JSON.stringify(down);
      if (text !== kept) writeFileAtomic(path, text);
      kept = text;
    },
  };
}
