// What every host should hold, compiled anew when a fact changed. A host that is not touched keeps the very same object, so
// that whoever follows it sees by identity that there is nothing to tell.
import type { Observed } from "../plan/observed.ts";
import type { Compiler } from "../plan/recompile.ts";
import { lastOf, type Steps } from "../plan/steps.ts";
import type { Topology } from "../plan/topology.ts";
import type { Spec } from "../spec/types.ts";
import { trialKey } from "../wire/mesh.ts";
import { deltaOf, digestAfter, digestOf, type Objects, objectHash } from "../wire/objects.ts";
import type { StreamPart } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Authority } from "./authority.ts";
import { debugKeysOf } from "./debug-tokens.ts";
import { type Facts, observedOf } from "./facts.ts";

/** The objects of one part of one host, and their set digest. */
export interface HostState {
  readonly objects: Objects;
  readonly digest: string;
}

export interface Desired {
  /** Of the facts that it was compiled from. */
  readonly revision: number;
  readonly hosts: ReadonlyMap<string, Readonly<Record<StreamPart, HostState>>>;
  readonly warnings: readonly Warning[];
  /** Who talks with whom; undefined without a file. */
  readonly topology?: Topology;
}

export const nothingState: HostState = { objects: {}, digest: digestOf({}) };
/** What is desired before anything was compiled. */
export const nothingDesired: Desired = { revision: 0, hosts: new Map(), warnings: [] };

/** What follows from the facts and the spec in force; parts that are as before keep their identity. */
export function desiredFrom(...given: Parameters<typeof desiredInSteps>): Desired {
  return lastOf(desiredInSteps(...given));
}

/** The same in steps: the first draws the whole picture (a quarter of a second for 1,000 hosts), the others a host each. */
export function* desiredInSteps(
  compiler: Compiler,
  facts: Facts,
  spec: Spec | undefined,
  before: Desired,
  authority: Secrets,
): Steps<Desired> {
  if (!spec) return { ...nothingDesired, revision: facts.revision };
  const { compiled, survey } = yield* compiler.inSteps(spec, knownTo(facts, authority));
  const hosts = new Map<string, Record<StreamPart, HostState>>();
  const hash = hashesOnce();
  for (const [name, { mesh, edge }] of Object.entries(compiled.hosts)) {
    const old = before.hosts.get(name);
    const told = facts.spec?.trial === undefined ? mesh : { ...mesh, [trialKey]: "{}" };
    hosts.set(name, { mesh: stateAfter(old?.mesh, told, hash), edge: stateAfter(old?.edge, edge ?? {}, hash) });
    yield;
  }
  return { revision: facts.revision, hosts, warnings: compiled.warnings, topology: survey.topology };
}

type Secrets = Pick<Authority, "stickyKey" | "debugKey">;

/** All that the compiler of hosts' states knows besides the file. */
export function knownTo(facts: Facts, { stickyKey, debugKey }: Secrets): Observed {
  return { ...observedOf(facts), stickyKey, debugKeys: debugKeysOf(facts.debugKeys, debugKey) };
}

/** The state of one part of a host; nothing for a host that is not a member. */
export function stateOf(desired: Pick<Desired, "hosts">, host: string, part: StreamPart): HostState {
  return desired.hosts.get(host)?.[part] ?? nothingState;
}

function stateAfter(before: HostState = nothingState, objects: Objects, hash: typeof objectHash): HostState {
  if (before.objects === objects) return before;
  if (before === nothingState) return firstState(objects, hash);
  const delta = deltaOf(before.objects, objects);
  if (delta.removes.length === 0 && Object.keys(delta.upserts).length === 0) return before;
  return { objects, digest: digestAfter(before.digest, before.objects, delta, hash) };
}

function firstState(objects: Objects, hash: typeof objectHash): HostState {
  const digest = digestOf(objects, hash);
  return digest === nothingState.digest ? nothingState : { objects, digest };
}

/** Many hosts hold the same objects: each is hashed once. */
function hashesOnce(): typeof objectHash {
  const known = new Map<string, { readonly key: string; readonly hash: Buffer }>();
  return (key, value) => {
    const before = known.get(value);
    if (before?.key === key) return before.hash;
    const hash = objectHash(key, value);
    known.set(value, { key, hash });
    return hash;
  };
}

/** Calls `work` soon, once for all calls that come before it runs. */
export function coalesced(work: () => void): () => void {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      work();
    });
  };
}
