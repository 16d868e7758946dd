// Which of a pair's paths carries its packets. Pure.
import type { PathObject } from "../../wire/mesh.ts";
import { isDoubted, isProven, type PathHealth } from "./health.ts";
import { isSteady } from "./schedule.ts";

/** A path as the choice sees it. */
export interface Option {
  readonly rank: number;
  readonly health: PathHealth;
}

/** What a path of the same rank has to save before packets move to it: a quarter of the round trip, and this much. */
const [lesserShare, leastGainMs] = [0.75, 5];

/** Ranks of what carries packets: direct, then the bypass, then straight to a relay that is the other end, then through relays and the bypass to one; last what is avoided. */
export function rankOf({ kind, plane, via, avoid, probesOnly }: PathObject): number {
  if (probesOnly === true) return Number.POSITIVE_INFINITY;
  const rank = kind === "direct" ? (plane === "pw0" ? 0 : 1) : via === undefined ? 2 : plane === "pwx" ? 4 : 3;
  return rank + (avoid === true ? 10 : 0);
}

/**
 * The index of the path to use from now on; `current` is the index in use. Packets move only to a path that is proven: to
 * one of a better rank once it is steady, to a quicker one of the same rank if it saves enough, to the best when the present
 * one went dark. While nothing is proven they stay: a move could not help.
 */
export function choosePath(options: readonly Option[], current: number, now: number): number {
  const present = options[current]!;
  const carriers = options.filter(({ rank }) => rank < Number.POSITIVE_INFINITY);
  const steady = carriers.filter((one) => one !== present && isEligible(one.health, now));
  const better = steady.filter((one) => one.rank < present.rank || saves(one, present));
  if (isProven(present.health)) return better.length > 0 ? options.indexOf(best(better, now)) : current;
  const proven = carriers.filter(({ health }) => isProven(health));
  const sure = proven.filter(({ health }) => !isDoubted(health, now));
  return proven.length === 0 ? current : options.indexOf(best(sure.length > 0 ? sure : proven, now));
}

function isEligible(health: PathHealth, now: number): boolean {
  return isSteady(health) && health.heldUntil <= now && !isDoubted(health, now);
}

function saves(one: Option, present: Option): boolean {
  const [here, there] = [present.health.roundTripMs, one.health.roundTripMs];
  if (one.rank !== present.rank || here === undefined || there === undefined) return false;
  return there < lesserShare * here && there < here - leastGainMs;
}

/** By rank, then those that are not held back, then by round trip. */
function best(options: readonly Option[], now: number): Option {
  const isHeld = ({ health }: Option) => Number(health.heldUntil > now);
  const roundTrip = ({ health }: Option) => health.roundTripMs ?? Number.MAX_VALUE;
  return options.toSorted((a, b) => a.rank - b.rank || isHeld(a) - isHeld(b) || roundTrip(a) - roundTrip(b))[0]!;
}
