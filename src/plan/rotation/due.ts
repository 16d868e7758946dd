// Which keys are due by the file's schedule: each at a moment of its own within the last tenth of the time, so that hosts
// that joined together are not all due at once. Pure.
import { createHash } from "node:crypto";
import type { PlaneName } from "../../wire/mesh.ts";

/** A key in use, and since when. */
export interface AgedKey {
  readonly host: string;
  readonly plane: PlaneName;
  readonly generation: number;
  readonly sinceMs: number;
}

/** When the key is due: never later than the file says. */
export function dueAtMs({ host, plane, generation, sinceMs }: AgedKey, everyMs: number): number {
  const digest = createHash("sha256").update(`${host}\0${plane}\0${generation}`).digest();
  return sinceMs + everyMs * (0.9 + (digest.readUInt32BE() / 2 ** 32) * 0.1);
}

/** The keys that are due, the oldest first. */
export function dueKeys(keys: readonly AgedKey[], everyMs: number, nowMs: number): readonly AgedKey[] {
  return keys.filter((key) => dueAtMs(key, everyMs) <= nowMs).sort((a, b) => a.sinceMs - b.sinceMs);
}
