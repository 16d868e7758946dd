// Which targets fail more than the others of their service.
import type { Sum } from "./tally.ts";

/** The time over which shares of errors are compared. */
export const ejectionWindowMs = 10_000;
/** Fewer requests than this say nothing of a target, or of the others. */
const leastRequests = 20;

/** Places of the targets whose share of failures is that many percentage points above that of the others together. */
export function outliers(sums: readonly Sum[], sharePercent: number): number[] {
  let requests = 0;
  let failures = 0;
  for (const sum of sums) {
    requests += sum.requests;
    failures += sum.failures;
  }
  const found: number[] = [];
  sums.forEach((own, place) => {
    const others = requests - own.requests;
    if (own.requests < leastRequests || others < leastRequests) return;
    const above = own.failures / own.requests - (failures - own.failures) / others;
    if (above * 100 >= sharePercent) found.push(place);
  });
  return found;
}
