// Which requests are in the sample: each with the same chance, decided by the gap to the next, so that a request that is not
// in it pays for one subtraction.
import type { WhySettings } from "../../wire/edge-state.ts";
import { randomBelow } from "../balance/random.ts";
import type { World } from "../world.ts";

const usualPercent = 1;
const draws = 2 ** 30;

/** `left`: requests until the next of the sample, that one included. */
export const sampling = { left: 1, percent: usualPercent };

/** Requests until the next one, when each has a chance of `percent`; `random` is above 0 and at most 1. */
export function gapOf(percent: number, random: number): number {
  if (percent <= 0) return Number.POSITIVE_INFINITY;
  if (percent >= 100) return 1;
  return 1 + Math.floor(Math.log(random) / Math.log(1 - percent / 100));
}

export function drawGap(): void {
  sampling.left = gapOf(sampling.percent, (randomBelow(draws) + 1) / draws);
}

/** Undefined: the usual ones. */
export function settingsInForce({ entries }: Pick<World, "entries">): WhySettings | undefined {
  return entries["why/settings"]?.value as WhySettings | undefined;
}

/** Once in a tick: the share that the snapshot says, or the usual one. */
export function followShare(settings: WhySettings | undefined): void {
  const percent = settings?.samplePercent ?? usualPercent;
  if (percent === sampling.percent) return;
  sampling.percent = percent;
  drawGap();
}
