// Finds the largest size that passes, by sections: several sizes are asked in each round, since only what does not pass takes
// time. Pure. What is found has passed; what was told (an ICMP message) only narrows the search. A size counts as too large
// after so many misses that loss alone does not explain them, each beside another size that passed: a path that is away for a
// moment has no opinion. A larger one that passes proves such a verdict wrong.

export interface Search {
  /** Ascending. */
  readonly sizes: readonly number[];
  /** Index of the largest that passed; -1: none yet. */
  readonly low: number;
  /** Index of the smallest that is too large; their count: none yet. */
  readonly high: number;
  /** Sizes that were asked without an answer, and how often. */
  readonly misses: ReadonlyMap<number, number>;
  /** Index of the largest that may pass by what was told, until it was asked. */
  readonly hint?: number;
  readonly rounds: number;
}

/** What came of a round. */
export interface Answers {
  readonly passed: readonly number[];
  /** The largest that may pass, as something on the way told. */
  readonly told?: number;
}

const sections = 8;
/** Misses that make a size too large, of a path on which nothing else was lost, and of one that loses packets. */
const [missesToFail, missesToFailIfLossy] = [3, 6];
/** Whatever the answers are, there is an end; and a sooner one where nothing is answered at all. */
const [mostRounds, mostSilentRounds] = [40, 6];

function startSearch(sizes: readonly number[]): Search {
  return { sizes, low: -1, high: sizes.length, misses: new Map(), rounds: 0 };
}

function isDone(search: Search): boolean {
  return isFound(search) || search.rounds >= (search.low < 0 ? mostSilentRounds : mostRounds);
}

/** The largest that passes; undefined: the answers do not tell. */
function foundSize(search: Search): number | undefined {
  return isFound(search) ? search.sizes[search.low] : undefined;
}

const isFound = ({ sizes, low, high }: Search) => low >= 0 && (high - low <= 1 || low === sizes.length - 1);

/** What to ask next; nothing once it is done. The smallest is always among them: what is missed beside it was too large. */
function nextSizes(search: Search): readonly number[] {
  if (isDone(search)) return [];
  const { sizes, low, high, misses, hint } = search;
  const top = high - 1;
  const open = new Set<number>([0]);
  if (misses.size === 0) open.add(top);
  if (hint !== undefined && hint > low && hint < high) open.add(hint);
  // Of those that were missed the smallest decide: what is larger can only fail too.
  const missed = [...misses.keys()].filter((index) => index > low && index < high).sort((a, b) => a - b);
  for (const index of missed.slice(0, 2)) open.add(index);
  if (misses.size > 0) for (const index of between(low, missed[0] ?? high)) open.add(index);
  return [...open].sort((a, b) => a - b).map((index) => sizes[index]!);
}

/** After a round in which those sizes were asked. */
function afterRound(search: Search, asked: readonly number[], { passed, told }: Answers): Search {
  const { sizes } = search;
  const indexOf = (size: number) => sizes.indexOf(size);
  const low = Math.max(search.low, ...passed.map(indexOf));
  const misses = new Map(search.misses);
  const missed = passed.length === 0 ? [] : asked.filter((size) => !passed.includes(size)).map(indexOf);
  for (const index of missed) misses.set(index, (misses.get(index) ?? 0) + 1);
  const isLossy = [...misses.keys()].some((index) => index <= low);
  const failing = isLossy ? missesToFailIfLossy : missesToFail;
  const failed = [...misses].filter(([index, count]) => index > low && count >= failing).map(([index]) => index);
  const limit = told === undefined ? -1 : sizes.findLastIndex((size) => size <= told);
  const isTold = limit >= 0 && limit >= low;
  const before = search.high > low ? search.high : sizes.length;
  const high = Math.min(before, ...failed, ...(isTold ? [limit + 1] : []));
  const hint = isTold && limit > low ? { hint: limit } : {};
  return { sizes, low, high, misses, rounds: search.rounds + 1, ...hint };
}

/** Asks round after round; `onRound` hears what is known so far. */
export async function runSearch(
  sizes: readonly number[],
  ask: (sizes: readonly number[]) => Promise<Answers>,
  onRound: (search: Search) => void = () => {},
): Promise<number | undefined> {
  let search = startSearch(sizes);
  while (!isDone(search)) {
    const asked = nextSizes(search);
    search = afterRound(search, asked, await ask(asked));
    onRound(search);
  }
  return foundSize(search);
}

/** Up to so many indexes strictly between two, evenly. */
function between(low: number, high: number): readonly number[] {
  const count = Math.min(sections, high - low - 1);
  return Array.from({ length: count }, (_, turn) => low + Math.round(((turn + 1) * (high - low)) / (count + 1)));
}
