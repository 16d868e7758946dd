// Networks behind hosts (`routes` of a host) as the objects that hosts, routers and relays get of them.
import { mergePrefixes } from "../net/prefix.ts";
import type { OnwardObject, SubnetObject } from "../wire/mesh.ts";
import { type Beyond, type Kind, leadsTo } from "./kinds.ts";
import type { Member } from "./members.ts";
import { othersOf, type Topology } from "./topology.ts";

/** The addresses behind the router that the source may open something towards; none lies in another. */
export function prefixesBeyond({ kindOf }: Topology, router: Member, source: Member): readonly string[] {
  const kind = kindOf.get(source);
  return (kind && mergedPrefixes(kindOf.get(router)?.onward.get(kind))) ?? [];
}

/** What the other host may open towards the networks behind the member. */
export function onwardFrom(other: Member, member: Member, { kindOf }: Topology): OnwardObject | undefined {
  const kind = kindOf.get(other);
  const to = kind && kindOf.get(member)?.onward.get(kind);
  return to && { from: other.prefixes, host: other.name, to };
}

/** Networks that the member reaches through others, and those whose packets it passes on as a relay, by prefix. */
export function subnetsOf(member: Member, topology: Topology): readonly SubnetObject[] {
  const own = new Set(ownPrefixes(member, topology));
  const passed = passedOn(member, topology);
  const near = new Set([member, ...othersOf(topology, member), ...(topology.spokes.get(member)?.keys() ?? [])]);
  return [...new Set([...own, ...passed.keys()])].sort().map((prefix) => ({
    ...(own.has(prefix) && { own: true }),
    ...(passed.has(prefix) && { passed: [...passed.get(prefix)!].sort() }),
    prefix,
    routers: routersTo(prefix, near),
  }));
}

function ownPrefixes(member: Member, { kindOf }: Topology): readonly string[] {
  const kind = kindOf.get(member);
  return kind === undefined
    ? []
    : mergePrefixes([...kind.mates].flatMap((mate) => mergedPrefixes(mate.onward.get(kind))));
}

/** The spokes that may send to each prefix behind another spoke. */
function passedOn(relay: Member, { kinds, spokes }: Topology): ReadonlyMap<string, ReadonlySet<string>> {
  const sources = new Map<string, Set<string>>();
  const own = spokes.get(relay);
  if (own === undefined) return sources;
  const among = (kind: Kind) => kind.members.filter((member) => own.has(member));
  for (const kind of kinds) {
    if (kind.onward.size === 0 || among(kind).length === 0) continue;
    for (const [source, beyond] of kind.onward) {
      if (kind.unrelayed.has(source)) continue;
      const names = among(source).map(({ name }) => name);
      if (names.length === 0) continue;
      for (const prefix of mergedPrefixes(beyond)) {
        const known = sources.get(prefix) ?? new Set();
        sources.set(prefix, known);
        for (const name of names) known.add(name);
      }
    }
  }
  return sources;
}

/** The first is preferred; what is drained leads there only when nobody else does. */
function routersTo(prefix: string, near: ReadonlySet<Member>): readonly string[] {
  const all = [...near].filter((router) => leadsTo(router, prefix));
  const kept = all.filter(({ drained }) => !drained);
  return (kept.length > 0 ? kept : all).map(({ name }) => name).sort();
}

const mergedPrefixes = (beyond: readonly Beyond[] = []) => mergePrefixes(beyond.map(({ prefix }) => prefix));
