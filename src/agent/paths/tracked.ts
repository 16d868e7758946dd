// A pair and its paths as the prober follows them.
import { randomBytes } from "node:crypto";
import type { PairObject, PathObject } from "../../wire/mesh.ts";
import { choosePath, rankOf } from "./choice.ts";
import { asked, isDoubted, isProven, judged, type PathHealth, unknownHealth } from "./health.ts";
import { askEveryMs, doubtMs } from "./schedule.ts";

export interface TrackedPath {
  readonly path: PathObject;
  readonly rank: number;
  readonly nonce: bigint;
  /** From 0 to 1, drawn anew with each question: by it those of many paths are spread. */
  share: number;
  /** It is not asked before; monotonic ms. */
  readonly askFrom: number;
  health: PathHealth;
  /** Until then an answer is expected at any moment, and it is asked often; monotonic ms. */
  urgedUntil: number;
}

export interface TrackedPair {
  readonly host: string;
  /** Control waits to hear how its paths are. */
  readonly awaited: boolean;
  readonly paths: readonly TrackedPath[];
  /** Until then a path that an agent before this one left in use may yet prove itself; monotonic ms. */
  readonly keepUntil: number;
  current: number;
  proven: boolean;
  /** Since when its packets are on their way; undefined: it is silent. Monotonic ms. */
  busySince: number | undefined;
  /** From then on it is dark without a proven path; monotonic ms. */
  darkFrom: number;
}

/** The time from one question to the next is up to so much shorter, so that those of many paths do not stay together. */
const shorterShare = 0.2;
/** Many paths that are new at once are asked first over this time, ms for each of them, and the longest. */
const [spreadMs, mostSpreadMs] = [1, 2_000];
/** A path that was found in use has this long to prove itself. */
const keepMs = 2_500;
const urgedMs = 250;
/** A path that is needed after a silence has this long to answer, and is asked often meanwhile. */
const unsureMs = 2_000;
/** A tunnel has this long to prove itself, from when an agent takes it up. */
const settleMs = 2 * keepMs;

/** Paths that were there before keep their health, and the one in use stays in use; `count`: pairs that are taken up with it. */
export function trackPair(
  pair: PairObject,
  before: TrackedPair | undefined,
  planeInUse: string | undefined,
  now: number,
  count = 1,
): TrackedPair {
  const known = new Map(before?.paths.map((one) => [nameOf(one.path), one]));
  const overMs = Math.min(mostSpreadMs, count * spreadMs);
  const paths = pair.paths.map((path): TrackedPath => {
    return { ...(known.get(nameOf(path)) ?? newTracked(now, overMs)), path, rank: rankOf(path) };
  });
  const { host, tell: awaited = false } = pair;
  const usedBefore = before && nameOf(before.paths[before.current]!.path);
  const used = paths.findIndex(({ path }) => nameOf(path) === usedBefore);
  if (used >= 0) return { ...before!, awaited, paths, current: used };
  const found = paths.findIndex(({ path }) => path.plane === planeInUse);
  const keepUntil = before === undefined && found >= 0 ? now + keepMs : now;
  const current = Math.max(0, found);
  return {
    host,
    awaited,
    paths,
    keepUntil,
    current,
    proven: false,
    busySince: undefined,
    darkFrom: before?.darkFrom ?? now + settleMs,
  };
}

/** Chooses anew; what went dark by now, and whether the pair moved or its path's state turned. */
export function decide(pair: TrackedPair, now: number) {
  const dark: PathObject[] = [];
  for (const tracked of pair.paths) {
    const before = tracked.health;
    tracked.health = judged(before, now);
    if (tracked.health !== before) dark.push(tracked.path);
  }
  const next = now < pair.keepUntil ? pair.current : choosePath(pair.paths, pair.current, now);
  const proven = isProven(pair.paths[next]!.health);
  const [moved, turned] = [next !== pair.current, proven !== pair.proven];
  Object.assign(pair, { current: next, proven });
  if (hasWay(pair)) pair.darkFrom = now;
  return { dark, moved, turned };
}

/** Some path that may carry its packets is proven. */
export function hasWay({ paths }: TrackedPair): boolean {
  return paths.some(({ path, health }) => path.probesOnly !== true && isProven(health));
}

/** Whether the pair's packets are on their way: from its first one on the pair is asked by all of its paths at once. */
export function stir(pair: TrackedPair, busy: boolean, now: number): void {
  pair.busySince = busy ? (pair.busySince ?? now) : undefined;
}

/** After a question was sent by the path. */
export function wasAsked(tracked: TrackedPath, now: number): void {
  tracked.health = asked(tracked.health, now);
  tracked.share = Math.random();
}

/** The paths that are to be asked now. */
export function due({ paths, current, busySince, awaited }: TrackedPair, now: number): readonly TrackedPath[] {
  const busy = busySince !== undefined;
  const present = paths[current]!;
  const needed = !isProven(present.health) || isDoubted(present.health, now);
  return paths.filter((one) => {
    const { health } = one;
    if (health.askedAt === undefined) return now >= one.askFrom;
    if (now < one.urgedUntil && !isProven(health)) return now - health.askedAt >= urgedMs;
    if (busy && health.askedAt < busySince) return true;
    const isUnsure = busy && one === present && isProven(health) && health.answeredAt! < busySince;
    if (isUnsure && now - busySince < unsureMs) return now - health.askedAt >= doubtMs;
    const place = { inUse: one === present, busy, preferred: one.rank < present.rank, needed, awaited };
    return now - health.askedAt >= askEveryMs(health, place, now) * (1 - shorterShare * one.share);
  });
}

/** A path with another key along it is another one. */
const nameOf = ({ plane, via, probeAddress, generation }: PathObject) =>
  `${plane} ${via} ${probeAddress} ${generation}`;

function newTracked(now: number, overMs: number) {
  const nonce = randomBytes(8).readBigUInt64BE();
  return { nonce, share: Math.random(), askFrom: now + Math.random() * overMs, health: unknownHealth, urgedUntil: 0 };
}
