// Shares of a whole, each as large as its weight, and the share that a point of the whole (from 0 to below 1) is in. Points
// that follow each other by the golden ratio spread more evenly than any drawn at random: of N points a share has its part to
// within a few, whatever rhythm the requests have.
import type { InTurn } from "../routing/place.ts";

export interface Shares {
  /** Place of a point's share in the list of weights, from 1. */
  readonly find: (this: void, point: number) => number;
  /** The last point. */
  at: number;
}

interface Bound {
  readonly until: number;
  readonly number: number;
}

const goldenStep = 0.618_033_988_749_894_9;

function isWithin(point: number, { until, number }: Bound): number {
  return point < until ? number : 0;
}

/** At least one weight is above 0; `start` is the point before the first. */
export function sharesOf(weights: readonly number[], start: number, inTurn: InTurn): Shares {
  let total = 0;
  for (const weight of weights) total += weight;
  let sum = 0;
  const bounds = weights.map((weight, index): Bound => {
    sum += weight;
    return { until: sum / total, number: index + 1 };
  });
  return { find: inTurn(bounds, isWithin), at: start };
}

/** The place of the next share. */
export function nextShare(shares: Shares): number {
  let point = shares.at + goldenStep;
  if (point >= 1) point -= 1;
  shares.at = point;
  const place = shares.find(point);
  return place;
}
