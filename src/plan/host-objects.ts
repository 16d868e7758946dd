// What one host is told, made from what it was told before where a compiler remembers that: a host which nothing concerns keeps
// the very same objects, and of one that only some others changed for, only what it holds because of those is made anew.
import type { Spec } from "../spec/types.ts";
import type { PlaneName, SubnetObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson } from "./canonical-json.ts";
import { drainsInForce } from "./drains.ts";
import { edgeObjects } from "./edge-snapshot.ts";
import { tunnelOf } from "./exits.ts";
import { type Crossings, crossingsAt, inboundTexts, type Lets, letsOf } from "./firewall.ts";
import type { Kind } from "./kinds.ts";
import type { Member } from "./members.ts";
import { isSameList, type Memory } from "./memory.ts";
import {
  inboundKey,
  keysTowards,
  nearOf,
  objectsTowards,
  ownKeys,
  ownObjects,
  relayObjects,
  type Setting,
  subnetObjects,
} from "./mesh.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { pairTexts } from "./paths.ts";
import { spokePlanes } from "./relays.ts";
import { askedKeys, openBypasses } from "./rotation/effects.ts";
import { isBypassAnchor } from "./rotation/punched.ts";
import type { RotationStep } from "./rotation/run.ts";
import { subnetsOf } from "./subnets.ts";
import { relaysFrom, type Topology } from "./topology.ts";

/** What all hosts are told from. */
export interface Scene {
  readonly spec: Spec;
  readonly observed: Observed;
  readonly topology: Topology;
  readonly memory: Memory;
}

/** What a host's objects follow from. */
interface Grounds {
  /** When one of these is another, everything is made anew. */
  readonly firm: readonly unknown[];
  /** Undefined: it has no keys. */
  readonly lets: Lets | undefined;
  /** Keys that a rotation asks for. */
  readonly keys: string;
  readonly released: readonly string[];
  readonly roster: readonly Member[];
  readonly relays: readonly Member[];
  readonly spokes: readonly Member[];
  readonly crossings: ReadonlyMap<Member, Crossings>;
  readonly steps: ReadonlyMap<string, string>;
}

interface Kept {
  readonly grounds: Grounds;
  readonly objects: Objects;
}

/** Gives each member's mesh state; what is the same for all of them is looked at once. */
export function meshMaker({ spec, observed, topology, memory }: Scene): (member: Member) => Objects {
  const network = memory.recall("network", spec.network);
  const steps = stepTexts(topology);
  const terms = termsOf(topology);
  const lets = letsOf(topology, memory);
  const unrelayed = unrelayedOf(topology);
  const [inboundText, pairText] = [inboundTexts(topology), pairTexts(topology)];
  const roads = topology.relays.map(({ name, drained, generations }) => `${name} ${drained} ${generations.pwr}`).join();
  const relaySteps = topology.relays.map(({ name }) => steps.get(name)).join();
  const nobody: readonly Member[] = [];
  const hasSubnets = topology.kinds.some(({ onward }) => onward.size > 0);

  const groundsOf = ({ member, released, crossings, subnets, tunnel }: Setting): Grounds => {
    const kind = topology.kindOf.get(member);
    const legs = (topology.legs.get(member) ?? []).map(({ plane, relay }) => `${plane} ${relay.name}`).join();
    return {
      firm: [
        member,
        network,
        kind && terms.get(kind),
        kind && unrelayed.get(kind),
        roads,
        legs,
        relaySteps,
        steps.get(member.name),
        bypassesOf(member, topology),
        subnets,
        tunnel,
      ],
      lets: kind && lets.get(kind),
      keys: canonicalJson(askedKeys(topology.rotation, member.name)),
      roster: kind ? topology.rosters.get(kind)! : nobody,
      spokes: memory.recall(`spokes ${member.name}`, [...(topology.spokes.get(member)?.keys() ?? [])]),
      ...{ released, crossings, steps, relays: topology.relays },
    };
  };

  return (member) => {
    const released = memory.recall(`released ${member.name}`, releasedFor(member, observed));
    const crossings = crossingsAt(member, topology, memory);
    const subnets = memory.recall(`subnets ${member.name}`, hasSubnets ? subnetsOf(member, topology) : noSubnets);
    const tunnel = memory.recall(`tunnel ${member.name}`, tunnelOf(member, topology));
    const setting = { network, topology, member, released, crossings, subnets, tunnel, inboundText, pairText };
    const grounds = groundsOf(setting);
    const before = memory.last<Kept>(`mesh ${member.name}`);
    const objects =
      before && isSameList(before.grounds.firm, grounds.firm)
        ? after(before, grounds, setting, memory)
        : whole(grounds, setting, memory);
    memory.keep(`mesh ${member.name}`, { grounds, objects } satisfies Kept);
    return objects;
  };
}

function whole({ lets }: Grounds, setting: Setting, memory: Memory): Objects {
  const objects = Object.assign(emptyObjects(), ownObjects(setting), relayObjects(setting), subnetObjects(setting));
  Object.assign(objects, lets?.objects);
  for (const other of nearOf(setting)) share(objectsTowards(setting, other), objects, memory);
  return objects;
}

const noSubnets: readonly SubnetObject[] = [];

/** Without a prototype it is a plain dictionary from the first key on: filling it takes a third of the time. */
const emptyObjects = (): Record<string, string> => Object.create(null);

/** What was there before, with what follows from other hosts that are not as they were. */
function after({ grounds: was, objects }: Kept, is: Grounds, setting: Setting, memory: Memory): Objects {
  const changed = changedHosts(was, is, setting);
  const hasSameOwn = was.released === is.released && was.keys === is.keys;
  if (changed.size === 0 && hasSameOwn && was.lets === is.lets) return objects;
  const next = emptyObjects();
  for (const key of Object.keys(objects)) next[key] = objects[key]!;
  const replace = (keys: readonly string[], made: Objects) => {
    for (const key of keys) if (!Object.hasOwn(made, key)) delete next[key];
    share(made, next, memory);
  };
  const isSameSelf = hasSameOwn && was.relays === is.relays && was.steps.size + is.steps.size === 0;
  if (!isSameSelf) replace(ownKeys, ownObjects(setting));
  if (was.relays !== is.relays || !areInPlace(was.roster, is.roster)) Object.assign(next, relayObjects(setting));
  const near = new Map([...nearOf(setting)].map((member) => [member.name, member]));
  for (const name of changed) {
    const member = near.get(name);
    replace(keysTowards(name), member ? objectsTowards(setting, member) : {});
  }
  if (was.lets !== is.lets) replace(Object.keys(was.lets?.objects ?? {}), is.lets?.objects ?? {});
  if (was.lets?.ids !== is.lets?.ids) letInAnew(is.roster, setting, next, memory);
  return next;
}

function letInAnew(roster: readonly Member[], setting: Setting, into: Record<string, string>, memory: Memory): void {
  for (const other of roster) {
    const [key, text] = [inboundKey(other), setting.inboundText(other, setting.member)];
    if (text === undefined) delete into[key];
    else into[key] = memory.share(key, text);
  }
}

function share(made: Objects, into: Record<string, string>, memory: Memory): void {
  for (const key of Object.keys(made)) into[key] = memory.share(key, made[key]!);
}

/** Those that came, went or are not as they were. While a bypass is up, what is held of a relay or a spoke follows from others too. */
function changedHosts(was: Grounds, is: Grounds, { topology, member }: Setting): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const list of ["roster", "relays", "spokes"] as const) {
    for (const { name } of difference(was[list], is[list])) changed.add(name);
    for (const { name } of difference(is[list], was[list])) changed.add(name);
  }
  for (const [spoke, crossings] of is.crossings) if (was.crossings.get(spoke) !== crossings) changed.add(spoke.name);
  for (const name of [...was.steps.keys(), ...is.steps.keys()]) {
    if (was.steps.get(name) !== is.steps.get(name) && is.roster.some((one) => one.name === name)) changed.add(name);
  }
  if (changed.size > 0 && openBypasses(topology.rotation).length > 0)
    for (const { name } of [...relaysFrom(member, topology), ...is.spokes]) changed.add(name);
  return changed;
}

/** Members of the first list that the second has not. */
function difference(list: readonly Member[], other: readonly Member[]): readonly Member[] {
  if (list === other) return [];
  const there = new Set(other);
  return list.filter((member) => !there.has(member));
}

/** Nobody came or went, and nothing is another by which they are reached through relays. */
function areInPlace(was: readonly Member[], is: readonly Member[]): boolean {
  if (was.length !== is.length) return false;
  return was.every((before, index) => {
    const now = is[index]!;
    const hasSameLeg = (plane: PlaneName) => (before.keys[plane] === undefined) === (now.keys[plane] === undefined);
    if (before === now) return true;
    return before.prefixes === now.prefixes && before.probes === now.probes && spokePlanes.every(hasSameLeg);
  });
}

/** The steps of a rotation by host. */
function stepTexts({ rotation }: Topology): ReadonlyMap<string, string> {
  const steps = new Map<string, RotationStep[]>();
  for (const step of rotation?.active ?? []) steps.set(step.host, [...(steps.get(step.host) ?? []), step]);
  return new Map([...steps].map(([host, own]) => [host, canonicalJson({ number: rotation!.number, own })]));
}

/** The bypasses in which the member takes part and a relay too: what it holds of the relay follows from who else does. */
function bypassesOf(member: Member, topology: Topology): string {
  const open = openBypasses(topology.rotation);
  if (open.length === 0) return "";
  const around = [...relaysFrom(member, topology), ...(topology.spokes.get(member)?.keys() ?? [])];
  const isAnchored = around.some((other) => isBypassAnchor(member, other, topology));
  const crossed = open.filter(
    ({ plane, bypass }) => (plane !== "pw0" || isAnchored) && own(bypass, member.name) !== undefined,
  );
  return crossed.map(({ host, plane, bypass }) => canonicalJson({ host, plane, bypass })).join();
}

/** What rules say of the kinds that a kind exchanges packets with, but for what those may open. */
function termsOf({ kinds }: Topology): ReadonlyMap<Kind, string> {
  const termOf = (kind: Kind) => (mate: Kind) => {
    const onward = [kind.onward.get(mate) ?? null, mate.onward.get(kind) ?? null];
    const outward = [kind.outward.get(mate) ?? null, mate.outward.get(kind) ?? null];
    return [mate.key, kind.unrelayed.has(mate), ...onward, ...outward];
  };
  return new Map(kinds.map((kind) => [kind, JSON.stringify([...kind.mates].map(termOf(kind)))]));
}

/** Whom rules keep off relays: a host of the same name may have become one of another kind. */
function unrelayedOf({ kinds }: Topology): ReadonlyMap<Kind, string> {
  const namesOf = ({ unrelayed }: Kind) => [...unrelayed].flatMap(({ members }) => members.map(({ name }) => name));
  return new Map(kinds.map((kind) => [kind, namesOf(kind).sort().join()]));
}

function releasedFor(member: Member, { released, releasedBy = {} }: Observed): readonly string[] {
  return released.filter((name) => own(releasedBy, name)?.includes(member.name) ?? true).sort();
}

/** Gives each edge's objects, null for other members. */
export function edgeMaker({ spec, observed, topology, memory }: Scene): (edge: Member) => Objects | null {
  if (!topology.members.some(isEdge)) return () => null;
  const { hosts: _, tests: __, ...written } = spec;
  const { stickyKey, drains, debugKeys } = observed;
  const fronts = topology.members.map(({ name, roles, tags, ipv4, keys }) => {
    return [name, roles.join(), tags.join(), ipv4, keys.pw0 === undefined].join(" ");
  });
  const grounds = [
    memory.recall("written", written),
    memory.recall("told", { stickyKey, drains, debugKeys, inForce: drainsInForce(spec, observed) }),
    memory.recall("fronts", fronts),
  ];
  return (edge) => {
    if (!isEdge(edge)) return null;
    const before = memory.last<{ readonly grounds: readonly unknown[]; readonly objects: Objects }>(
      `edge ${edge.name}`,
    );
    const isSame = before !== undefined && isSameList(before.grounds, grounds);
    const objects = isSame ? before.objects : edgeObjects(spec, edge, topology, observed);
    memory.keep(`edge ${edge.name}`, { grounds, objects });
    return objects;
  };
}

const isEdge = ({ roles }: Member) => roles.includes("edge");
