// Drains with what edges say is left of each.
import type { Spec } from "../spec/types.ts";
import type { DrainView, EdgeDrain } from "../wire/drains.ts";
import type { RequestsLeft } from "../wire/edge-state.ts";
import type { AgentStatus } from "../wire/stream.ts";
import { type Desired, stateOf } from "./desired.ts";
import type { DrainFact, Facts } from "./facts.ts";
import { fresh, type Heard } from "./statuses.ts";

/** What the views are made from. */
export interface DrainScene {
  readonly facts: Pick<Facts, "drains" | "hosts">;
  readonly spec: Pick<Spec, "hosts"> | undefined;
  readonly heard: ReadonlyMap<string, Heard>;
  readonly nowMs: number;
  /** What hosts should have. */
  readonly wanted: Pick<Desired, "revision" | "hosts">;
}

/** All of them, the latest first. */
export function drainViews(scene: DrainScene): readonly DrainView[] {
  const newestFirst = (a: DrainFact, b: DrainFact) => b.revision - a.revision;
  return [...scene.facts.drains.values()].sort(newestFirst).map((fact) => drainView(fact, scene));
}

export function drainView(fact: DrainFact, scene: DrainScene): DrainView {
  const { kind, name, by, startedAt, endsAt, drainedAt } = fact;
  const edges = edgesOf(scene).map((edge): EdgeDrain => {
    const left = leftOn(edge, fact, scene);
    return { edge, ...(left && { left }) };
  });
  return {
    ...{ kind, name, by, startedAt, endsAt },
    state: drainedAt === undefined ? "draining" : "drained",
    ...(drainedAt !== undefined && { drainedAt }),
    left: together(edges.flatMap(({ left }) => left ?? [])),
    edges,
    ...(kind === "host" && scene.spec?.hosts[name]?.roles.includes("relay") && { relaysFor: relaysFor(fact, scene) }),
  };
}

/** Hosts that send through the relay, by their own word, and those with a tunnel to it that have yet to hear of the drain. */
function relaysFor({ name, revision }: DrainFact, { heard, nowMs, wanted }: DrainScene): readonly string[] {
  const hasHeard = (host: string, { digest }: AgentStatus) =>
    wanted.revision >= revision && digest === stateOf(wanted, host, "mesh").digest;
  return [...heard].flatMap(([host, { agent }]) => {
    const status = fresh(agent, nowMs);
    const isSpoke = status?.relays?.some((relay) => relay.host === name) ?? false;
    const sends = status?.peers.some(({ path }) => path?.via === name) ?? false;
    return sends || (isSpoke && !hasHeard(host, status!)) ? [host] : [];
  });
}

/** Edges of the file that have joined. */
function edgesOf({ facts, spec }: DrainScene): readonly string[] {
  const names = Object.entries(spec?.hosts ?? {}).flatMap(([name, { roles }]) =>
    roles.includes("edge") ? [name] : [],
  );
  return names.filter((name) => facts.hosts.get(name)?.membership).sort();
}

/** What the edge says of this drain with this deadline, once it has in force what followed from its begin. */
function leftOn(edge: string, drain: DrainFact, { heard, nowMs }: DrainScene): RequestsLeft | undefined {
  const status = fresh(heard.get(edge)?.edge, nowMs);
  if (!status || status.revision < drain.revision) return undefined;
  const report = status.drains?.find(
    ({ kind, name, endMs }) => kind === drain.kind && name === drain.name && endMs === Date.parse(drain.endsAt),
  );
  if (!report) return undefined;
  const { kind: _, name: __, endMs: ___, ...left } = report;
  return left;
}

function together(all: readonly RequestsLeft[]): RequestsLeft {
  const sum = (of: keyof RequestsLeft) => all.reduce((total, left) => total + (left[of] ?? 0), 0);
  const some = (of: keyof RequestsLeft) => (sum(of) > 0 ? { [of]: sum(of) } : {});
  return {
    requests: sum("requests"),
    ...some("webSockets"),
    ...some("eventStreams"),
    ...some("grpcCalls"),
    ...some("inOldWorkers"),
    ...some("connections"),
  };
}
