// What probes told of one path. Pure: a value, and functions that give the next one.

export interface PathHealth {
  /** Of the next question. */
  readonly nextSequence: number;
  /** When questions that were not answered yet were sent, by sequence; monotonic ms. */
  readonly waiting: ReadonlyMap<number, number>;
  /** The last answer, since it first was proven without a break. Monotonic ms. */
  readonly answeredAt?: number;
  readonly provenSince?: number;
  readonly answeredSequence?: number;
  /** Questions sent since then and answered, without one missing in between. */
  readonly streak: number;
  /** Smoothed as TCP does (RFC 6298). */
  readonly roundTripMs?: number;
}

/** A path is proven as long as its last answer is not older: two questions in a row may be lost, not three. */
export const provenMs = 2_500;
/** Time between two questions. */
export const probeEveryMs = 1_000;
/** Answers later than this count for nothing. */
const forgetMs = 5_000;

export const unknownHealth: PathHealth = { nextSequence: 1, waiting: new Map(), streak: 0 };

export function isProven({ answeredAt }: PathHealth, now: number): boolean {
  return answeredAt !== undefined && now - answeredAt <= provenMs;
}

/** After a question was sent. */
export function asked(health: PathHealth, now: number): PathHealth {
  const waiting = new Map([...health.waiting].filter(([, sentAt]) => now - sentAt < forgetMs));
  waiting.set(health.nextSequence, now);
  return { ...health, nextSequence: health.nextSequence + 1, waiting };
}

/**
 * After an answer came; the same value for one that nobody waits for. Questions from before the path was proven may have
 * waited for a handshake, all of them together: their answers prove it, but say nothing of its steadiness or its delay.
 */
export function answered(health: PathHealth, sequence: number, now: number): PathHealth {
  const sentAt = health.waiting.get(sequence);
  if (sentAt === undefined) return health;
  const waiting = new Map([...health.waiting].filter(([other]) => other !== sequence));
  const proven = isProven(health, now);
  const provenSince = proven ? health.provenSince! : now;
  const counts = sentAt >= provenSince;
  const follows = proven && sequence === health.answeredSequence! + 1;
  return {
    ...health,
    waiting,
    provenSince,
    answeredAt: now,
    answeredSequence: Math.max(sequence, health.answeredSequence ?? 0),
    streak: (follows ? health.streak : 0) + (counts ? 1 : 0),
    ...(counts && { roundTripMs: smoothed(health.roundTripMs, now - sentAt) }),
  };
}

const smoothed = (before: number | undefined, sample: number) =>
  before === undefined ? sample : before + (sample - before) / 8;
