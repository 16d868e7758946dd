// Whether a rule's time is over, by this host alone: control may be gone. A deadline is a moment of the wall clock when it
// comes, and counted down by the monotonic one from then on, so that a clock that jumps neither ends a rule nor prolongs it.
import type { Clock } from "../lib/clock.ts";

export type IsOver = (untilMs: number) => boolean;

export function createDeadlines({ now, monotonic }: Pick<Clock, "now" | "monotonic">): IsOver {
  const ends = new Map<number, number>();
  return (untilMs) => {
    const end = ends.get(untilMs) ?? monotonic() + untilMs - now();
    ends.set(untilMs, end);
    return monotonic() >= end;
  };
}
