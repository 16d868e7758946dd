// Weighted round robin as a list to go through: made when weights or targets change, so that a request's pick is the next
// entry, whatever the weights. Each target's entries lie evenly over the list (smooth), not one after the other.

/** Most entries of a list whose weights have no short form; each share is right to 1/2048 then. */
const longest = 1024;
/** Spreads the first entries of targets, so that those of equal weight do not come in clusters. */
const goldenRatio = 0.618_033_988_749_895;

interface Weighted {
  /** Above 0; shares are to each other as these. */
  readonly share: number;
}

interface Entry<Target> {
  readonly target: Target;
  /** When it is due, from 0 to 1. */
  readonly at: number;
  readonly order: number;
}

/** The targets themselves when all weigh the same. */
export function scheduleOf<Target extends Weighted>(targets: readonly Target[]): readonly Target[] {
  const first = targets[0];
  if (first === undefined || targets.every((target) => target.share === first.share)) return targets;
  const counts = wholeCounts(targets) ?? roundedCounts(targets);
  const entries: Entry<Target>[] = [];
  targets.forEach((target, order) => {
    const count = counts[order]!;
    const phase = ((order + 1) * goldenRatio) % 1;
    for (let i = 0; i < count; i++) entries.push({ target, at: (i + phase) / count, order });
  });
  entries.sort((a, b) => (a.at === b.at ? a.order - b.order : a.at - b.at));
  return entries.map(({ target }) => target);
}

/** Whole numbers exactly as the weights, when these are whole and the list stays short. */
function wholeCounts(targets: readonly Weighted[]): readonly number[] | undefined {
  let divisor = 0;
  let sum = 0;
  for (const { share } of targets) {
    if (share !== Math.floor(share)) return undefined;
    divisor = commonDivisor(share, divisor);
    sum += share;
  }
  return sum / divisor > longest ? undefined : targets.map(({ share }) => share / divisor);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Largest remainders; every target has an entry. */
function roundedCounts(targets: readonly Weighted[]): readonly number[] {
  let sum = 0;
  for (const { share } of targets) sum += share;
  const length = Math.max(longest, 4 * targets.length);
  const ideal = targets.map(({ share }) => (share / sum) * length);
  const counts = ideal.map((count) => Math.max(1, Math.floor(count)));
  let left = length;
  for (const count of counts) left -= count;
  const byRemainder = ideal.map((count, index) => ({ index, remainder: count - Math.floor(count) }));
  byRemainder.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : b.remainder - a.remainder));
  for (let i = 0; i < left; i++) counts[byRemainder[i]!.index]!++;
  return counts;
}
