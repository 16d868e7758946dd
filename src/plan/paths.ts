// The ways that a pair's packets can go, the preferred first.
import type { PairObject, PathObject, PlaneName } from "../wire/mesh.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Member } from "./members.ts";
import { crossesBypass, goesStraight } from "./rotation/bypass.ts";
import { bypassRests, planeRests } from "./rotation/effects.ts";
import type { RotationStep } from "./rotation/run.ts";
import { canGoDirect, legTo, mayRelay, type Topology } from "./topology.ts";

/** The pair as the member sees it, with its paths. */
export function pairBetween(member: Member, other: Member, topology: Topology): PairObject {
  const ways = waysBetween(member, other, topology);
  const isTold = topology.rotation?.active.some((step) => ways.some((way) => uses(way, step))) ?? false;
  return {
    host: other.name,
    paths: ways.map((way) => pathOf(way, topology)),
    prefixes: other.prefixes,
    ...(isTold && { tell: true }),
  };
}

/** The text of a pair, as one end sees it. */
export type PairText = (member: Member, other: Member) => string;

/** Hosts that see the other end of a pair by the same ways are told of it in one text, which is made once. */
export function pairTexts(topology: Topology): PairText {
  const known = new Map<Member, Map<string, string>>();
  const seats = new Map<Member, string>();
  const seatOf = (member: Member) => {
    const seat = seats.get(member) ?? seatIn(topology, member);
    seats.set(member, seat);
    return seat;
  };
  return (member, other) => {
    const make = () => canonicalJson(pairBetween(member, other, topology));
    if (topology.rotation !== undefined || topology.spokes.has(member)) return make();
    const texts = known.get(other) ?? new Map<string, string>();
    known.set(other, texts);
    const seat = seatOf(member);
    const text = texts.get(seat) ?? make();
    texts.set(seat, text);
    return text;
  };
}

/** All of a member that relays for nobody on which its ways to another depend while no key is renewed. */
function seatIn({ legs, kindOf }: Topology, member: Member): string {
  const ways = (legs.get(member) ?? []).map(({ plane, relay }) => [plane, relay.name]);
  return JSON.stringify([kindOf.get(member)?.key, member.endpoint !== undefined, ways, member.generations]);
}

export function pathsBetween(member: Member, other: Member, topology: Topology): readonly PathObject[] {
  return waysBetween(member, other, topology).map((way) => pathOf(way, topology));
}

/** A path, and the planes whose keys it depends on: one at each end of each tunnel along it. */
export interface Way {
  readonly path: Pick<PathObject, "kind" | "plane" | "probeAddress" | "via" | "probesOnly" | "sought">;
  readonly tunnels: readonly { readonly member: Member; readonly plane: PlaneName }[];
}

/**
 * Direct, and the bypass beside it; then straight to the end that is a relay itself, on the port of its relay plane; then
 * through relays, and the bypass that leads to one. The first is used until one is proven: where neither end has an endpoint, the
 * direct way (and a bypass beside it) has yet to be found, and comes after those that carry packets.
 */
export function waysBetween(member: Member, other: Member, topology: Topology): readonly Way[] {
  const straight = (kind: "direct" | "relay", plane: PlaneName, far: PlaneName): Way => ({
    path: { kind, plane, probeAddress: other.probes[far] },
    tunnels: [
      { member, plane },
      { member: other, plane: far },
    ],
  });
  const ways: Way[] = [];
  const isKnown = canGoDirect(member, other);
  if (isKnown) {
    ways.push(straight("direct", "pw0", "pw0"));
    if (goesStraight(member, other, topology)) ways.push(straight("direct", "pwx", "pwx"));
  }
  const toOther = legTo(topology, member, other);
  if (toOther) ways.push(straight("relay", toOther.plane, "pwr"));
  const toMember = legTo(topology, other, member);
  if (toMember) ways.push(straight("relay", "pwr", toMember.plane));
  const carries = mayRelay(topology, member, other);
  const relayed = (topology.legs.get(member) ?? []).flatMap(({ plane, relay }): Way[] => {
    const far = legTo(topology, other, relay);
    if (!far) return [];
    const path = { kind: "relay", plane, probeAddress: other.probes[far.plane], via: relay.name } as const;
    const tunnels = [
      { member, plane },
      { member: relay, plane: "pwr" },
      { member: other, plane: far.plane },
    ] as const;
    return [{ path: carries ? path : { ...path, probesOnly: true }, tunnels }];
  });
  const bypassed = (topology.legs.get(member) ?? [])
    .filter(({ relay }) => crossesBypass(member, other, relay, topology))
    .map(({ relay }): Way => {
      const path = { kind: "relay", plane: "pwx", probeAddress: other.probes.pwx, via: relay.name } as const;
      return { path, tunnels: [member, relay, other].map((one) => ({ member: one, plane: "pwx" })) };
    });
  const toFind = isKnown || relayed.length === 0 ? [] : [straight("direct", "pw0", "pw0")];
  if (!isKnown && goesStraight(member, other, topology)) {
    const { path, tunnels } = straight("direct", "pwx", "pwx");
    toFind.push({ path: { ...path, sought: true }, tunnels });
  }
  return carries ? [...ways, ...relayed, ...bypassed, ...toFind] : [...ways, ...toFind, ...relayed];
}

/** Whether the way depends on the key that the step replaces. */
export function uses({ tunnels }: Way, { host, plane }: Pick<RotationStep, "host" | "plane">): boolean {
  return tunnels.some((end) => end.member.name === host && end.plane === plane);
}

function pathOf(way: Way, { rotation }: Topology): PathObject {
  const generation = way.tunnels.reduce((sum, { member, plane }) => sum + (member.generations[plane] ?? 1), 0);
  const isShut = rotation?.active.some((step) =>
    way.path.plane === "pwx" ? leaves(way, step) : planeRests(step) && uses(way, step),
  );
  const isDrained = way.tunnels.some(({ member }) => member.name === way.path.via && member.drained);
  const { kind, plane, probeAddress, probesOnly = isShut, sought, via } = way.path;
  return {
    ...(isDrained && { avoid: true }),
    generation,
    ...{ kind, plane, probeAddress },
    ...(probesOnly && { probesOnly: true }),
    ...(sought && { sought }),
    ...(via !== undefined && { via }),
  };
}

/** The bypass of this step is on its way out. */
const leaves = ({ tunnels }: Way, step: RotationStep) =>
  bypassRests(step) && tunnels.some(({ member }) => member.name === step.host);
