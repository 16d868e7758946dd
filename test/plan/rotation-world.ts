// A network in which a rotation runs on compiled state alone: agents that follow late, crash and come back, tunnels that
// carry what keys of both ends match, a control that forgets what it heard. Time is a number.
import { choosePath, rankOf } from "../../src/agent/paths/choice.ts";
import { unknownHealth } from "../../src/agent/paths/health.ts";
import { compile } from "../../src/plan/compile.ts";
import type { Observed, ObservedHost } from "../../src/plan/observed.ts";
import { advance } from "../../src/plan/rotation/advance.ts";
import type { RotationRun, RotationStep } from "../../src/plan/rotation/run.ts";
import type { HostWord, RotationView } from "../../src/plan/rotation/view.ts";
import { survey } from "../../src/plan/survey.ts";
import type { Spec } from "../../src/spec/types.ts";
import { capability } from "../../src/wire/capability.ts";
import {
  bypassForwards,
  type MeshState,
  meshFromObjects,
  type PairObject,
  type PathObject,
  type PlaneName,
} from "../../src/wire/mesh.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { joinedHost, keyOf } from "./spec.ts";

/** A host: what its kernel holds outlives its agent. */
interface Machine {
  readonly name: string;
  isRunning: boolean;
  /** In force, and on disk. */
  objects: Objects;
  mesh: MeshState;
  /** The generation that each interface uses. */
  used: Map<PlaneName, number>;
  readonly keys: Map<string, string>;
  /** The plane of each pair's route, by host. */
  readonly routes: Map<string, PlaneName>;
  /** Paths that the agent has proven. */
  proven: Map<string, ReadonlySet<string>>;
  provenAt: number;
  asked: Map<string, ReadonlySet<string>>;
  standbyAt: number;
}

export interface World {
  readonly names: readonly string[];
  readonly run: () => RotationRun;
  readonly now: () => number;
  readonly deliver: (name: string) => void;
  readonly probe: (name: string) => void;
  readonly report: (name: string) => void;
  /** One transition of control, if it is time. */
  readonly look: () => boolean;
  readonly restartControl: () => void;
  readonly crash: (name: string) => void;
  readonly start: (name: string) => void;
  readonly abort: () => void;
  readonly pass: (ms: number) => void;
  /** Packets on a plane between two hosts are dropped from now on, or carried again. */
  readonly block: (a: string, b: string, plane: PlaneName, isBlocked: boolean) => void;
  /** Pairs whose own route leads into a tunnel that does not carry: packets are lost. */
  readonly lost: () => readonly string[];
  /** Its agent says that it understands this much from now on. */
  readonly agentOf: (name: string, capability: number) => void;
  /** Steps that begin now are as a control wrote them that did not write who needs a bypass, once each. */
  readonly forgetAsked: () => void;
  readonly machine: (name: string) => Machine;
  readonly generations: () => Readonly<Record<string, number>>;
}

/** Whole states, told apart by value. */
const digests = new WeakMap<Objects, string>();
function digestOf(objects: Objects): string {
  const known = digests.get(objects) ?? JSON.stringify(objects);
  digests.set(objects, known);
  return known;
}

const tag = ({ plane, via, generation }: PathObject) => `${plane} ${via} ${generation}`;

export function rotationWorld(spec: Spec): World {
  const names = Object.keys(spec.hosts);
  const hosts = new Map<string, ObservedHost>(names.map((name) => [name, joinedHost(name)]));
  const blocked = new Set<string>();
  const words = new Map<
    string,
    { readonly word: Omit<HostWord, "silentMs" | "isCurrent">; readonly objects: Objects; readonly at: number }
  >();
  const capabilities = new Map<string, number>();
  const forgotten = new Set<string>();
  const keyOfStep = ({ host, plane }: RotationStep) => `${host} ${plane}`;
  let [nowMs, sinceMs, serial] = [1_000_000, 1_000_000, 0];
  let run: RotationRun = {
    ...{ number: 1, startedBy: "test", startedAtMs: nowMs, active: [], renewed: 0, failed: [] },
    pending: names.map((host) => ({ host })),
  };
  const observed = (): Observed => ({ hosts: Object.fromEntries(hosts), released: [], rotation: run });
  let compiled = compile(spec, observed());
  let topology = survey(spec, observed()).topology;
  const probes = new Map(
    topology.members.flatMap((member) =>
      Object.entries(member.probes).map(([plane, address]) => [
        address,
        { host: member.name, plane: plane as PlaneName },
      ]),
    ),
  );
  const recompile = () => {
    compiled = compile(spec, observed());
    topology = survey(spec, observed()).topology;
  };

  const machines = new Map(
    names.map((name): [string, Machine] => {
      const objects = compiled.hosts[name]!.mesh;
      const mesh = meshFromObjects(objects)!;
      const keys = new Map(["pw0", "pwr", "pwr1", "pwr2", "pwr3"].map((plane) => [`${plane} 1`, keyOf(name, plane)]));
      const used = new Map(mesh.planes.map((plane) => [plane.name, plane.generation!]));
      return [
        name,
        {
          name,
          isRunning: true,
          objects,
          mesh,
          used,
          keys,
          routes: new Map(),
          proven: new Map(),
          ...{ provenAt: 0, asked: new Map(), standbyAt: 0 },
        },
      ];
    }),
  );
  const machine = (name: string) => machines.get(name)!;
  const own = (one: Machine, plane: PlaneName) => one.keys.get(`${plane} ${one.used.get(plane)}`);
  const peerOf = (one: Machine, plane: PlaneName, of: string) =>
    one.mesh.peers.find((peer) => peer.plane === plane && peer.host === of);
  const holds = (one: Machine, plane: PlaneName, of: string) => peerOf(one, plane, of)?.publicKey;
  const carries = (a: Machine, p: PlaneName, b: Machine, q: PlaneName) => {
    const [keyA, keyB] = [own(a, p), own(b, q)];
    const isBlocked = blocked.has(`${a.name} ${b.name} ${p}`) || blocked.has(`${b.name} ${a.name} ${q}`);
    return (
      !isBlocked &&
      keyA !== undefined &&
      keyB !== undefined &&
      holds(b, q, a.name) === keyA &&
      holds(a, p, b.name) === keyB
    );
  };
  /** What AllowedIPs say of packets from one host to another on a tunnel between these. */
  const lets = (a: Machine, p: PlaneName, b: Machine, q: PlaneName, from: Machine, to: Machine) => {
    const [there, here] = [peerOf(a, p, b.name), peerOf(b, q, a.name)];
    const all = (ips: readonly string[] | undefined, of: Machine) =>
      ips?.includes(`${of.mesh.host.ipv4}/32`) && ips.includes(`${of.mesh.host.ipv6}/128`);
    return all(there?.allowedIps, to) && all(here?.allowedIps, from);
  };
  const passesOn = (relay: Machine, plane: PlaneName, from: Machine, to: Machine) => {
    const spokes = plane === "pwx" ? bypassForwards(relay.mesh.forwards) : relay.mesh.forwards;
    const [first, second] = [from.name, to.name].sort();
    return spokes.some(({ host, pairs }) => host === first && pairs.includes(second!));
  };
  const works = (from: Machine, path: PathObject) => {
    const far = probes.get(path.probeAddress)!;
    const to = machine(far.host);
    const leads = (a: Machine, p: PlaneName, b: Machine, q: PlaneName) =>
      carries(a, p, b, q) && lets(a, p, b, q, from, to);
    if (path.via === undefined) return leads(from, path.plane, to, far.plane);
    const relay = machine(path.via);
    const plane = path.plane === "pwx" ? "pwx" : "pwr";
    return (
      leads(from, path.plane, relay, plane) && passesOn(relay, plane, from, to) && leads(relay, plane, to, far.plane)
    );
  };

  /** As agents choose; a route on a plane that is gone falls back to the first path. */
  const choose = (one: Machine, pair: PairObject) => {
    const isProven = (path: PathObject) => one.proven.get(pair.host)?.has(tag(path)) ?? false;
    const options = pair.paths.map((path) => ({
      rank: rankOf(path),
      health: isProven(path) ? { ...unknownHealth, provenSince: 0, streak: 3 } : unknownHealth,
    }));
    const current = Math.max(
      0,
      pair.paths.findIndex((path) => path.plane === one.routes.get(pair.host)),
    );
    one.routes.set(pair.host, pair.paths[choosePath(options, current, 0)]!.plane);
  };
  const chooseAll = (one: Machine) => {
    for (const pair of one.mesh.pairs) if (pair.paths.length > 0) choose(one, pair);
  };

  const world: World = {
    names,
    run: () => run,
    now: () => nowMs,
    machine,
    deliver(name) {
      const one = machine(name);
      if (!one.isRunning) return;
      one.objects = compiled.hosts[name]!.mesh;
      one.mesh = meshFromObjects(one.objects)!;
      for (const { plane, generations } of one.mesh.keys) {
        const key = `${plane} ${Math.max(...generations)}`;
        if (!one.keys.has(key)) one.keys.set(key, `${name} ${key} ${serial++}`);
      }
      one.used = new Map(one.mesh.planes.map((plane) => [plane.name, plane.generation!]));
      for (const key of one.keys.keys()) {
        const [plane, generation] = key.split(" ") as [PlaneName, string];
        const asked = one.mesh.keys.find((object) => object.plane === plane)?.generations ?? [];
        const isNamed = one.used.has(plane) || asked.length > 0 || plane === "pwx";
        if (isNamed && ![one.used.get(plane), ...asked].includes(Number(generation))) one.keys.delete(key);
      }
      chooseAll(one);
    },
    probe(name) {
      const one = machine(name);
      if (!one.isRunning) return;
      // Paths that stand by are asked every five seconds: what is known of them may be as old.
      const isStandbyDue = nowMs - one.standbyAt >= 5_000;
      if (isStandbyDue) one.standbyAt = nowMs;
      for (const { host, paths } of one.mesh.pairs) {
        const known = one.asked.get(host) ?? new Set();
        const isProven = (path: PathObject) => {
          const isKnown = known.has(tag(path)) && path.plane !== one.routes.get(host) && !isStandbyDue;
          return isKnown ? one.proven.get(host)?.has(tag(path)) : machine(host).isRunning && works(one, path);
        };
        one.proven.set(host, new Set(paths.filter(isProven).map(tag)));
        one.asked.set(host, new Set(paths.map(tag)));
      }
      one.provenAt = nowMs;
      chooseAll(one);
    },
    report(name) {
      const one = machine(name);
      if (!one.isRunning) return;
      const peers = one.mesh.pairs.map(({ host, paths }) => {
        const proven = paths.filter((path) => one.proven.get(host)?.has(tag(path))).map(({ plane }) => plane);
        const isHeard = paths.some((path) => path.via === undefined && works(one, path));
        return [host, { plane: one.routes.get(host)!, proven, isHeard }] as const;
      });
      const keys = [...one.keys].map(([key, publicKey]) => {
        const [plane, generation] = key.split(" ") as [string, string];
        return { plane, generation: Number(generation), publicKey };
      });
      const known = capabilities.get(name) ?? capability;
      words.set(name, {
        word: { isReachable: true, capability: known, keys, peers: new Map(peers) },
        objects: one.objects,
        at: nowMs,
      });
    },
    look() {
      const view: RotationView = {
        ...{ nowMs, sinceMs, topology },
        word(name) {
          const said = words.get(name);
          const isReachable = machine(name).isRunning && said !== undefined && nowMs - said.at <= 30_000;
          const silentMs = nowMs - (said?.at ?? sinceMs);
          if (!isReachable || !said)
            return { isReachable: false, silentMs, isCurrent: false, keys: [], peers: new Map() };
          const isCurrent = digestOf(said.objects) === digestOf(compiled.hosts[name]!.mesh);
          return { ...said.word, silentMs, isCurrent };
        },
      };
      const next = advance(run, view);
      if (next === undefined) return false;
      run = JSON.parse(JSON.stringify(next.run)) as RotationRun;
      if (next.renewed) {
        const { host, plane, generation, publicKey } = next.renewed;
        const before = hosts.get(host)!;
        hosts.set(host, {
          ...before,
          keys: { ...before.keys, [plane]: publicKey },
          generations: { ...before.generations, [plane]: generation },
        });
      }
      recompile();
      return true;
    },
    agentOf(name, capability) {
      capabilities.set(name, capability);
    },
    forgetAsked() {
      const isNew = (step: RotationStep) => step.phase === "prepare" && !forgotten.has(keyOfStep(step));
      const active = run.active.map((step) => {
        if (!isNew(step)) return step;
        forgotten.add(keyOfStep(step));
        const { asked: _, ...before } = step;
        return before;
      });
      run = { ...run, active };
      recompile();
    },
    restartControl() {
      words.clear();
      sinceMs = nowMs;
    },
    crash(name) {
      machine(name).isRunning = false;
      machine(name).proven = new Map();
      machine(name).asked = new Map();
    },
    start(name) {
      machine(name).isRunning = true;
    },
    abort() {
      if (run.endedAtMs === undefined) run = { ...run, abortedBy: "test" };
      recompile();
    },
    pass(ms) {
      nowMs += ms;
      // Stale proofs last no longer than probes take to be missed.
      for (const one of machines.values()) if (one.isRunning && nowMs - one.provenAt > 7_000) world.probe(one.name);
    },
    block(a, b, plane, isBlocked) {
      if (isBlocked) blocked.add(`${a} ${b} ${plane}`);
      else blocked.delete(`${a} ${b} ${plane}`);
    },
    lost: () =>
      [...machines.values()].flatMap((one) =>
        one.mesh.pairs.flatMap((pair) => {
          const path = pair.paths.find(({ plane }) => plane === one.routes.get(pair.host));
          return path === undefined || works(one, path) ? [] : [`${one.name} > ${pair.host} by ${path.plane}`];
        }),
      ),
    generations: () =>
      Object.fromEntries(
        [...hosts].flatMap(([name, { generations = {} }]) =>
          Object.entries(generations).map(([plane, one]) => [`${name} ${plane}`, one]),
        ),
      ),
  };
  for (const name of names) world.deliver(name);
  for (const name of names) world.probe(name);
  for (const name of names) world.report(name);
  return world;
}
