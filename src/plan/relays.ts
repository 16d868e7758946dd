// Which relays a host keeps warm, and on which plane.
import { createHash } from "node:crypto";
import type { PlaneName } from "../wire/mesh.ts";
import type { Member } from "./members.ts";

/** A member's plane to one relay. */
export interface Leg {
  readonly plane: SpokePlane;
  readonly relay: Member;
}

type SpokePlane = Extract<PlaneName, "pwr1" | "pwr2" | "pwr3">;
export const spokePlanes: readonly SpokePlane[] = ["pwr1", "pwr2", "pwr3"];

/** With more relays than this, all hosts choose theirs among so many. */
const poolSize = 4;

/** The members that can relay: with the role, a place where others reach them, and the plane's key. */
export function relaysOf(members: readonly Member[]): readonly Member[] {
  return members.filter(
    ({ roles, endpoint, keys }) => roles.includes("relay") && endpoint !== undefined && keys.pwr !== undefined,
  );
}

/**
 * The legs that each member can have, at most three, by relay name. Any two hosts share at least two relays where there are
 * two: up to three relays everyone has them all, and two choices of three among four always share two.
 */
export function legsAmong(
  members: readonly Member[],
  relays: readonly Member[],
  network: string,
): ReadonlyMap<Member, readonly Leg[]> {
  const pool = best(relays, poolSize, network);
  return new Map(members.map((member) => [member, legsOf(member, pool)]));
}

function legsOf(member: Member, pool: readonly Member[]): readonly Leg[] {
  const mine = pool.filter((relay) => relay !== member);
  return best(mine, spokePlanes.length, member.name)
    .map((relay, index) => ({ plane: spokePlanes[index]!, relay }))
    .filter(({ plane }) => member.keys[plane] !== undefined);
}

/** The `count` relays with the highest score for `chooser` (rendezvous hashing), in their own order. */
function best(relays: readonly Member[], count: number, chooser: string): readonly Member[] {
  if (relays.length <= count) return relays;
  const score = (relay: Member) => createHash("sha256").update(`${chooser}\0${relay.name}`).digest("hex");
  const chosen = new Set(
    relays
      .map((relay) => ({ relay, score: score(relay) }))
      .sort((a, b) => (a.score < b.score ? 1 : -1))
      .slice(0, count)
      .map(({ relay }) => relay),
  );
  return relays.filter((relay) => chosen.has(relay));
}
