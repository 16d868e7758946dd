// How busy a machine's cores were between two looks at /proc/stat.
import { readFileSync } from "node:fs";
import type { Busy } from "../../wire/speed.ts";

/** Ticks of each core since the machine began: those spent on work, and all. */
export type CoreTicks = readonly (readonly [busy: number, all: number])[];

export function readCores(text: string = readFileSync("/proc/stat", "utf8")): CoreTicks {
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map(([, line]) => {
    // user nice system idle iowait irq softirq steal; guest time is in user already
    const ticks = line!.split(" ").slice(0, 8).map(Number);
    const all = ticks.reduce((sum, one) => sum + one, 0);
    return [all - ticks[3]! - ticks[4]!, all] as const;
  });
}

export function busyBetween(before: CoreTicks, after: CoreTicks): Busy {
  const spent = after.map(
    ([busy, all], core) => [busy - (before[core]?.[0] ?? 0), all - (before[core]?.[1] ?? 0)] as const,
  );
  const sum = (at: 0 | 1) => spent.reduce((total, one) => total + one[at], 0);
  const share = (busy: number, all: number) => (all <= 0 ? 0 : Math.round((1000 * busy) / all) / 1000);
  return { all: share(sum(0), sum(1)), busiest: Math.max(0, ...spent.map(([busy, all]) => share(busy, all))) };
}
