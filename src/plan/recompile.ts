// The compiler for who compiles again and again, as control does: what `compile` gives, byte for byte, in time that goes with
// the change. What a host's objects are made of is compared first; a host for which nothing of that changed keeps the very
// same objects.
import type { Spec } from "../spec/types.ts";
import { canonicalJson } from "./canonical-json.ts";
import { compileSurveyed, type HostObjects, releasedFor } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { relaysOf } from "./relays.ts";
import { survey } from "./survey.ts";
import { othersOf, type Topology } from "./topology.ts";

export type Compiler = (spec: Spec, observed: Observed) => Compiled;

/** All that a host's objects follow from; two of them are alike when each part is the same. */
type Ingredients = readonly unknown[];

interface Kept {
  readonly mesh: Ingredients;
  readonly edge: Ingredients;
  readonly objects: HostObjects;
}

/** A compiler that remembers what it gave last. */
export function createCompiler(): Compiler {
  let members = new Map<string, { readonly text: string; readonly member: Member }>();
  let kept = new Map<string, Kept>();

  /** The member as it was known before, if it is the same: so that sameness is identity from here on. */
  const interned = (next: typeof members) => (member: Member) => {
    const text = canonicalJson(member);
    const before = members.get(member.name);
    const known = before?.text === text ? before : { text, member };
    next.set(member.name, known);
    return known.member;
  };

  return (spec, observed) => {
    const nextMembers: typeof members = new Map();
    const nextKept: typeof kept = new Map();
    const surveyed = survey(spec, observed, interned(nextMembers));
    const { topology } = surveyed;
    const common = canonicalJson({ network: spec.network, access: spec.access });
    const ofEdges = [spec, canonicalJson({ ...observed, hosts: {} }), ...topology.members];
    const relays = relaysOf(topology.members);
    const compiled = compileSurveyed(spec, observed, surveyed, (member, make) => {
      const released = releasedFor(member, observed).join();
      const mesh = [common, released, ...neighbourhood(member, topology, relays)];
      const edge = member.roles.includes("edge") ? ofEdges : [];
      const before = kept.get(member.name);
      const objects = {
        mesh: before && isAlike(before.mesh, mesh) ? before.objects.mesh : make.mesh(),
        edge: before && isAlike(before.edge, edge) ? before.objects.edge : make.edge(),
      };
      nextKept.set(member.name, { mesh, edge, objects });
      return objects;
    });
    [members, kept] = [nextMembers, nextKept];
    return compiled;
  };
}

/**
 * The member, those it exchanges packets with or passes packets on for, all relays, and what a rotation does among these: who
 * talks with whom, and by which relays, follows from them and the rules.
 */
function neighbourhood(member: Member, topology: Topology, relays: readonly Member[]): Ingredients {
  const spokes = (topology.spokes.get(member) ?? []).map((spoke) => spoke.member);
  const near = [member, ...relays, ...othersOf(topology, member), ...spokes];
  return [rotationAmong(near, topology), ...near];
}

function rotationAmong(members: readonly Member[], { rotation }: Topology): string {
  if (rotation === undefined) return "";
  const names = new Set(members.map(({ name }) => name));
  const steps = rotation.active.filter(({ host }) => names.has(host));
  return steps.length === 0 ? "" : canonicalJson({ number: rotation.number, steps });
}

const isAlike = (before: Ingredients, now: Ingredients) =>
  before.length === now.length && before.every((one, index) => one === now[index]);
