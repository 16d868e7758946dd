// What a host lets in, and what a relay lets through.
import { type AllowObject, allowKey, type ForwardObject, type InboundObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Kind } from "./kinds.ts";
import type { Member } from "./members.ts";
import type { Memory } from "./memory.ts";
import { probePrefix } from "./peers.ts";
import { isBypassSpoke } from "./rotation/bypass.ts";
import { letOf, type Topology } from "./topology.ts";

/** The text of what the other host may open towards the member; undefined: nothing. */
export type InboundText = (other: Member, member: Member) => string | undefined;

/** Hosts that let another in by the same rules are told it in one text, which is made once. */
export function inboundTexts(topology: Topology): InboundText {
  const known = new Map<string, Map<Member, string>>();
  return (other, member) => {
    const { id } = letOf(topology, other, member) ?? {};
    if (id === undefined) return undefined;
    const texts = known.get(id) ?? new Map<Member, string>();
    known.set(id, texts);
    const inbound: InboundObject = { allowed: id, from: other.prefixes, host: other.name };
    const text = texts.get(other) ?? canonicalJson(inbound);
    texts.set(other, text);
    return text;
  };
}

/** What rules let the mates of a host's kind open towards it. */
export interface Lets {
  /** Which of them each mate is let in by. */
  readonly ids: string;
  /** What they let through. */
  readonly objects: Objects;
}

/** By kind; those that are as a compiler remembers them keep their identity. */
export function letsOf({ kinds }: Topology, memory: Memory): ReadonlyMap<Kind, Lets> {
  const isOther = (kind: Kind, mate: Kind) => mate !== kind || kind.members.length > 1;
  const letsFor = (kind: Kind): Lets => {
    const objects: Record<string, string> = {};
    for (const [mate, { id, allow }] of kind.lets)
      if (isOther(kind, mate)) objects[allowKey(id)] = canonicalJson({ allow } satisfies AllowObject);
    const ids = [...kind.mates].map((mate) => kind.lets.get(mate)?.id ?? "none").join();
    return memory.recall(`lets ${kind.key}`, { ids, objects });
  };
  return new Map(kinds.map((kind) => [kind, letsFor(kind)]));
}

/** The spokes of a relay with which its spokes of one kind exchange packets, and those with which only probes. By name. */
export interface Crossings {
  readonly pairs: readonly string[];
  readonly probesOnly: readonly string[];
}

/** By spoke of the relay; those that are as a compiler remembers them keep their identity. */
export function crossingsAt(relay: Member, topology: Topology, memory: Memory): ReadonlyMap<Member, Crossings> {
  const spokes = topology.spokes.get(relay);
  if (spokes === undefined) return new Map();
  const known = new Map<Kind, Crossings>();
  const among = (kind: Kind): Crossings => {
    const ends = topology.rosters.get(kind)!.filter((end) => spokes.has(end));
    const isRelayed = (end: Member) => !kind.unrelayed.has(topology.kindOf.get(end)!);
    const names = (members: readonly Member[]) => members.map(({ name }) => name);
    return { pairs: names(ends.filter(isRelayed)), probesOnly: names(ends.filter((end) => !isRelayed(end))) };
  };
  const crossings = (spoke: Member) => {
    const kind = topology.kindOf.get(spoke)!;
    const made = known.get(kind) ?? memory.recall(`crossings ${relay.name} ${kind.key}`, among(kind));
    known.set(kind, made);
    return made;
  };
  return new Map([...spokes.keys()].map((spoke) => [spoke, crossings(spoke)]));
}

/** A spoke of a relay, as it forwards for it; undefined for one whose pairs do without this relay. */
export function forwardFor(
  relay: Member,
  spoke: Member,
  topology: Topology,
  crossings: ReadonlyMap<Member, Crossings>,
): ForwardObject | undefined {
  const plane = topology.spokes.get(relay)?.get(spoke);
  if (plane === undefined) return undefined;
  const { pairs, probesOnly } = crossings.get(spoke)!;
  const isOther = (name: string) => name !== spoke.name;
  if (!pairs.some(isOther) && !probesOnly.some(isOther)) return undefined;
  const isAfter = (name: string) => name > spoke.name;
  return {
    ...(isBypassSpoke(relay, spoke, topology) && { bypassProbe: probePrefix(spoke, "pwx") }),
    host: spoke.name,
    pairs: pairs.filter(isAfter),
    prefixes: spoke.prefixes,
    probe: probePrefix(spoke, plane),
    probesOnly: probesOnly.filter(isAfter),
  };
}
