// Which of a pair's paths carries its packets. Pure.
import { isProven, type PathHealth } from "./health.ts";

/** Answers in a row before a path that is preferred takes the packets back. */
const returnStreak = 3;

/**
 * The index of the path to use from now on. `paths` are in order of preference, `current` is the index in use. Packets
 * move only to a path that is proven: to an earlier one once it is steady, to any when the present one went dark. While
 * nothing is proven they stay: a move could not help.
 */
export function choosePath(paths: readonly PathHealth[], current: number, now: number): number {
  const proven = (index: number) => isProven(paths[index]!, now);
  const indices = paths.map((_, index) => index);
  const earlier = indices.slice(0, current).find((index) => proven(index) && paths[index]!.streak >= returnStreak);
  if (earlier !== undefined) return earlier;
  if (proven(current)) return current;
  return indices.find(proven) ?? current;
}
