// What probes told of one path. Pure: a value, and functions that give the next one.

export interface PathHealth {
  /** Of the next question. */
  readonly nextSequence: number;
  /** When questions that were not answered yet were sent, by sequence; monotonic ms. */
  readonly waiting: ReadonlyMap<number, number>;
  /** When the last question was sent, and the last answer came; monotonic ms. */
  readonly askedAt?: number;
  readonly answeredAt?: number;
  readonly answeredSequence?: number;
  /** Since when answers come without a break; undefined: it is not proven. Monotonic ms. */
  readonly provenSince?: number;
  /** Questions sent since then and answered, without one missing in between. */
  readonly streak: number;
  /** Smoothed as TCP does (RFC 6298). */
  readonly roundTripMs?: number;
  /** How often it went dark lately, and until when it is not preferred for that; monotonic ms. */
  readonly falls: number;
  readonly heldUntil: number;
}

/** So many questions in a row without an answer, and a path is dark. */
const missesToDark = 5;
/** Answers later than this count for nothing. */
const forgetMs = 5_000;
/** An answer is due after twice the usual time, within these bounds. */
const [leastPatienceMs, mostPatienceMs] = [300, 1_000];
/** A path that went dark is held back for this long, and twice as long each time that it does so again. */
const [firstHoldMs, mostHoldMs] = [2_000, 600_000];
/** A path that was proven for so long has lived its falls down. */
const forgiveMs = 600_000;

export const unknownHealth: PathHealth = {
  nextSequence: 1,
  waiting: new Map(),
  streak: 0,
  falls: 0,
  heldUntil: Number.NEGATIVE_INFINITY,
};

/** Answers come. */
export function isProven({ provenSince }: PathHealth): boolean {
  return provenSince !== undefined;
}

/** The last question, or several, should have been answered by now. */
export function isDoubted(health: PathHealth, now: number): boolean {
  return misses(health, now) > 0;
}

/** Questions that will count as lost with the next one: their answers would come too late. */
export const lostBy = ({ waiting }: PathHealth, now: number): number =>
  [...waiting.values()].filter((sentAt) => now - sentAt >= forgetMs).length;

/** After a question was sent. */
export function asked(health: PathHealth, now: number): PathHealth {
  const waiting = new Map([...health.waiting].filter(([, sentAt]) => now - sentAt < forgetMs));
  waiting.set(health.nextSequence, now);
  return { ...health, askedAt: now, nextSequence: health.nextSequence + 1, waiting };
}

/**
 * After an answer came; the same value for one that nobody waits for. Questions from before the path was proven may have
 * waited for a handshake, all of them together: their answers prove it, but say nothing of its steadiness or its delay.
 */
export function answered(health: PathHealth, sequence: number, now: number): PathHealth {
  const sentAt = health.waiting.get(sequence);
  if (sentAt === undefined) return health;
  const waiting = new Map([...health.waiting].filter(([other]) => other !== sequence));
  const provenSince = health.provenSince ?? now;
  const counts = sentAt >= provenSince;
  const follows = health.provenSince !== undefined && sequence === health.answeredSequence! + 1;
  return {
    ...health,
    waiting,
    provenSince,
    answeredAt: now,
    answeredSequence: Math.max(sequence, health.answeredSequence ?? 0),
    streak: (follows ? health.streak : 0) + (counts ? 1 : 0),
    falls: now - provenSince > forgiveMs ? 0 : health.falls,
    ...(counts && { roundTripMs: smoothed(health.roundTripMs, now - sentAt) }),
  };
}

/** As time goes by: a proven path whose questions stay without an answer is dark, until one is answered again. */
export function judged(health: PathHealth, now: number): PathHealth {
  if (!isProven(health) || misses(health, now) < missesToDark) return health;
  const { provenSince, ...rest } = health;
  const holdMs = Math.min(mostHoldMs, firstHoldMs * 2 ** health.falls);
  return { ...rest, streak: 0, falls: health.falls + 1, heldUntil: now + holdMs };
}

/** Questions since the last answer whose own is overdue. */
function misses({ waiting, answeredSequence = 0, roundTripMs = 0 }: PathHealth, now: number): number {
  if (waiting.size === 0) return 0;
  const patienceMs = Math.min(mostPatienceMs, Math.max(leastPatienceMs, 2 * roundTripMs));
  let count = 0;
  for (const [sequence, sentAt] of waiting) if (sequence > answeredSequence && now - sentAt > patienceMs) count++;
  return count;
}

const smoothed = (before: number | undefined, sample: number) =>
  before === undefined ? sample : before + (sample - before) / 8;
