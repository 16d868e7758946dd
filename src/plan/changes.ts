// What differs between two networks, thing by thing and field by field.
import { destinationTexts } from "../spec/access-answer.ts";
import type { Allowance, Spec } from "../spec/types.ts";
import type { PathObject } from "../wire/mesh.ts";
import type { Change } from "../wire/plan.ts";
import { durationText } from "./duration-text.ts";
import { fieldChanges, fieldLines, type View } from "./fields.ts";
import type { Member } from "./members.ts";
import { own } from "./own.ts";
import { pathsBetween } from "./paths.ts";
import { pluginsView } from "./plugin-views.ts";
import type { Compilation } from "./recompile.ts";
import { othersOf } from "./topology.ts";
import {
  allowView,
  edgeView,
  hostView,
  listenerView,
  networkView,
  routeView,
  selectorText,
  serviceView,
  tlsView,
} from "./views.ts";

/** One side of a comparison. Compiled by one compiler, both sides share what is the same. */
export interface Side extends Compilation {
  readonly spec: Spec;
}

/** Things of one kind by name. */
type Things = ReadonlyMap<string, View>;

interface Kind {
  readonly kind: Change["kind"];
  /** Those that are the very same on the other side may be left out. */
  readonly things: (side: Side, other: Side | null) => Things;
  /** Fields that introduce a thing that comes or goes; all unless named. */
  readonly introducedBy?: readonly string[];
}

/** In the order in which they are told. */
const kinds: readonly Kind[] = [
  { kind: "network", things: ({ spec }) => new Map([["network", networkView(spec)]]) },
  {
    kind: "host",
    things: hostThings,
    introducedBy: ["address", "roles", "tags", "endpoint"],
  },
  { kind: "access", things: accessThings },
  { kind: "pair", things: pairThings },
  { kind: "service", things: ({ spec }) => viewsOf(spec.services, serviceView), introducedBy: ["targets", "port"] },
  { kind: "policy", things: ({ spec }) => viewsOf(spec.policies, pluginsView) },
  { kind: "route", things: ({ spec }) => new Map(spec.routes.map((route) => [route.name, routeView(route)])) },
  {
    kind: "listener",
    things: ({ spec }) => new Map(spec.listeners.map((one) => [one.name, listenerView(one)])),
    introducedBy: ["port", "to", "ipAllow"],
  },
  { kind: "edge", things: (side) => edgeThing(side, "edge", edgeView), introducedBy: ["http", "https"] },
  { kind: "tls", things: (side) => edgeThing(side, "tls", tlsView) },
];

/** Everything that comes, goes or changes, by kind and name; `before` null: there was nothing. */
export function changesBetween(before: Side | null, after: Side): readonly Change[] {
  return kinds.flatMap((kind) => {
    const old = before ? kind.things(before, after) : new Map<string, View>();
    const young = kind.things(after, before);
    const names = [...new Set([...old.keys(), ...young.keys()])].sort();
    return names.flatMap((name) => changeOf(kind, name, old.get(name), young.get(name)));
  });
}

function changeOf({ kind, introducedBy }: Kind, name: string, was?: View, is?: View): Change[] {
  if (was && is) {
    const details = fieldChanges(was, is);
    return details.length > 0 ? [{ kind, action: "change", name, details }] : [];
  }
  return [{ kind, action: is ? "add" : "remove", name, details: fieldLines(is ?? was ?? {}, introducedBy) }];
}

function viewsOf<T>(record: Readonly<Record<string, T>>, view: (value: T) => View): Things {
  return new Map(Object.entries(record).map(([name, value]) => [name, view(value)]));
}

/** Rules have no names: those with the same ends are one thing. */
function accessThings({ spec }: Side): Things {
  const allowed = new Map<string, readonly Allowance[]>();
  const unrelayed = new Set<string>();
  const times = new Map<string, string>();
  for (const rule of spec.access) {
    const { from, allow, relay } = rule;
    if (from.length === 0) continue; // its time is over
    const ends = [from.map(selectorText), destinationTexts(rule)];
    const name = ends.map((texts) => texts.sort().join(", ")).join(" → ");
    allowed.set(name, [...(allowed.get(name) ?? []), ...allow]);
    if (relay === "never") unrelayed.add(name);
    if (timeText(rule) !== "") times.set(name, timeText(rule));
  }
  const viewOf = (name: string, allow: readonly Allowance[]): View => {
    return { ...allowView(allow), ...(unrelayed.has(name) && { relay: "never" }), time: times.get(name) ?? "" };
  };
  return new Map([...allowed].map(([name, allow]) => [name, viewOf(name, allow)]));
}

function timeText({ forMs, untilMs }: Spec["access"][number]): string {
  if (forMs !== undefined) return `for ${durationText(forMs)}`;
  return untilMs === undefined ? "" : `until ${new Date(untilMs).toISOString()}`;
}

function hostThings({ survey }: Side, other: Side | null): Things {
  const same = new Set<Member>(other?.survey.members);
  const members = survey.members.filter((member) => !same.has(member));
  return new Map(members.map((member) => [member.name, hostView(member)]));
}

function pairThings({ survey: { topology }, compiled }: Side, other: Side | null): Things {
  const things = new Map<string, View>();
  for (const a of topology.members) {
    const [mesh, others] = [own(compiled.hosts, a.name)?.mesh, other && own(other.compiled.hosts, a.name)?.mesh];
    if (mesh === others) continue;
    for (const b of othersOf(topology, a)) {
      const key = `pair/${b.name}`;
      if (a.name > b.name || (others && mesh?.[key] === others[key])) continue;
      const paths = pathsBetween(a, b, topology).map(pathText);
      things.set(`${a.name} ↔ ${b.name}`, { paths: paths.join(", ") || "none" });
    }
  }
  return things;
}

function pathText({ kind, via, probesOnly }: PathObject): string {
  if (probesOnly) return `found via ${via}`;
  return kind === "direct" ? "direct" : via === undefined ? "direct on the relay's port" : `via ${via}`;
}

/** Settings of edges mean something only where there is one. */
function edgeThing({ spec, survey }: Side, name: string, view: (spec: Spec) => View): Things {
  const hasEdge = survey.members.some(({ roles }) => roles.includes("edge"));
  return new Map(hasEdge ? [[name, view(spec)]] : []);
}
