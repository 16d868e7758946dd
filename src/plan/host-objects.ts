// What one host is told, made from what it was told before where a compiler remembers that: a host which nothing concerns keeps
// the very same objects, and of one that only some others changed for, only what it holds because of those is made anew.
import type { Spec } from "../spec/types.ts";
import type { PlaneName, SubnetObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson } from "./canonical-json.ts";
import { drainsInForce } from "./drains.ts";
import { edgeObjects } from "./edge-snapshot.ts";
import { type Crossings, crossingsAt } from "./firewall.ts";
import type { Kind } from "./kinds.ts";
import type { Member } from "./members.ts";
import { isSameList, type Memory } from "./memory.ts";
import {
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
import { spokePlanes } from "./relays.ts";
import type { RotationStep } from "./rotation/run.ts";
import { subnetsOf } from "./subnets.ts";
import type { Topology } from "./topology.ts";

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
  const roads = topology.relays.map(({ name, drained, generations }) => `${name} ${drained} ${generations.pwr}`).join();
  const relaySteps = topology.relays.map(({ name }) => steps.get(name)).join();
  const nobody: readonly Member[] = [];
  const hasSubnets = topology.kinds.some(({ onward }) => onward.size > 0);

  const groundsOf = ({ member, released, crossings, subnets }: Setting): Grounds => {
    const kind = topology.kindOf.get(member);
    const legs = (topology.legs.get(member) ?? []).map(({ plane, relay }) => `${plane} ${relay.name}`).join();
    return {
      firm: [member, network, kind && terms.get(kind), roads, legs, relaySteps, steps.get(member.name), subnets],
      roster: kind ? topology.rosters.get(kind)! : nobody,
      spokes: memory.recall(`spokes ${member.name}`, [...(topology.spokes.get(member)?.keys() ?? [])]),
      ...{ released, crossings, steps, relays: topology.relays },
    };
  };

  return (member) => {
    const released = memory.recall(`released ${member.name}`, releasedFor(member, observed));
    const crossings = crossingsAt(member, topology, memory);
    const subnets = memory.recall(`subnets ${member.name}`, hasSubnets ? subnetsOf(member, topology) : noSubnets);
    const setting = { network, topology, member, released, crossings, subnets };
    const grounds = groundsOf(setting);
    const before = memory.last<Kept>(`mesh ${member.name}`);
    const objects =
      before && isSameList(before.grounds.firm, grounds.firm) ? after(before, grounds, setting) : whole(setting);
    memory.keep(`mesh ${member.name}`, { grounds, objects } satisfies Kept);
    return objects;
  };
}

function whole(setting: Setting): Objects {
  const objects = Object.assign(emptyObjects(), ownObjects(setting), relayObjects(setting), subnetObjects(setting));
  for (const other of nearOf(setting)) Object.assign(objects, objectsTowards(setting, other));
  return objects;
}

const noSubnets: readonly SubnetObject[] = [];

/** Without a prototype it is a plain dictionary from the first key on: filling it takes a third of the time. */
const emptyObjects = (): Record<string, string> => Object.create(null);

/** What was there before, with what follows from other hosts that are not as they were. */
function after({ grounds: was, objects }: Kept, is: Grounds, setting: Setting): Objects {
  const changed = changedHosts(was, is);
  if (changed.size === 0 && was.released === is.released) return objects;
  const next = emptyObjects();
  for (const key of Object.keys(objects)) next[key] = objects[key]!;
  const replace = (keys: readonly string[], made: Objects) => {
    for (const key of keys) if (!Object.hasOwn(made, key)) delete next[key];
    Object.assign(next, made);
  };
  const isSameSelf = was.released === is.released && was.relays === is.relays && was.steps.size + is.steps.size === 0;
  if (!isSameSelf) replace(ownKeys, ownObjects(setting));
  if (was.relays !== is.relays || ![...changed.values()].every(isInPlace)) Object.assign(next, relayObjects(setting));
  const near = nearOf(setting);
  for (const [name, { now }] of changed) {
    replace(keysTowards(name), now && near.has(now) ? objectsTowards(setting, now) : {});
  }
  return next;
}

/** A host before and now; undefined: it is not near. */
interface Changed {
  readonly before: Member | undefined;
  readonly now: Member | undefined;
}

function changedHosts(was: Grounds, is: Grounds): ReadonlyMap<string, Changed> {
  const changed = new Map<string, Changed>();
  const note = (member: Member, change: Partial<Changed>) =>
    changed.set(member.name, { before: undefined, now: undefined, ...changed.get(member.name), ...change });
  const noteAsIs = (member: Member) => changed.has(member.name) || note(member, { before: member, now: member });
  for (const list of ["roster", "relays", "spokes"] as const) {
    if (was[list] === is[list]) continue;
    const [old, young] = [new Set(was[list]), new Set(is[list])];
    for (const member of old) if (!young.has(member)) note(member, { before: member });
    for (const member of young) if (!old.has(member)) note(member, { now: member });
  }
  for (const [spoke, crossings] of is.crossings) if (was.crossings.get(spoke) !== crossings) noteAsIs(spoke);
  const inRotation = new Set([...was.steps.keys(), ...is.steps.keys()]);
  for (const name of inRotation) {
    const member = was.steps.get(name) === is.steps.get(name) ? undefined : is.roster.find((one) => one.name === name);
    if (member) noteAsIs(member);
  }
  return changed;
}

/** Nothing is another by which it is reached through relays. */
function isInPlace({ before, now }: Changed): boolean {
  if (before === undefined || now === undefined) return false;
  const isSameLeg = (plane: PlaneName) => (before.keys[plane] === undefined) === (now.keys[plane] === undefined);
  return before.prefixes === now.prefixes && before.probes === now.probes && spokePlanes.every(isSameLeg);
}

/** The steps of a rotation by host. */
function stepTexts({ rotation }: Topology): ReadonlyMap<string, string> {
  const steps = new Map<string, RotationStep[]>();
  for (const step of rotation?.active ?? []) steps.set(step.host, [...(steps.get(step.host) ?? []), step]);
  return new Map([...steps].map(([host, own]) => [host, canonicalJson({ number: rotation!.number, own })]));
}

/** What rules say of the kinds that a kind exchanges packets with. */
function termsOf({ kinds }: Topology): ReadonlyMap<Kind, string> {
  const termOf = (kind: Kind) => (mate: Kind) => {
    const onward = [kind.onward.get(mate) ?? null, mate.onward.get(kind) ?? null];
    return [mate.key, kind.lets.get(mate) ?? null, kind.unrelayed.has(mate), ...onward];
  };
  return new Map(kinds.map((kind) => [kind, JSON.stringify([...kind.mates].map(termOf(kind)))]));
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
