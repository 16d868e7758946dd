// Measures what each path to each peer carries: when it is proven first, when its other end is reached elsewhere or it was
// dark, each hour, and as soon as large packets are lost on it while small ones are not. Bounded: a path costs one large
// packet and one echo where all is well, some 50 of each where it is not, a few paths at a time; and where large packets go
// out, one of them in two seconds.
import type { Clock } from "../../lib/clock.ts";
import { overlayMtu, unpaddedMtu } from "../../net/mtu.ts";
import type { MeshState, PairObject, PathObject, PlaneName, PlaneObject } from "../../wire/mesh.ts";
import { every } from "../every.ts";
import type { Actual } from "../overlay/model.ts";
import type { ProbeEvents, Prober } from "../paths/prober.ts";
import { createInside } from "./inside.ts";
import type { Outside } from "./outside.ts";
import { runSearch, type Search } from "./search.ts";
import { assumedMtu, sizesUpTo } from "./sizes.ts";
import { carriesLarge, type Traffic } from "./traffic.ts";

export interface MeterParts {
  readonly clock: Clock;
  readonly prober: Pick<Prober, "askSize" | "paths" | "reach">;
  readonly mesh: () => MeshState | undefined;
  readonly outside: Outside;
  readonly traffic: (link: string) => Traffic | undefined;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** A path carries that much from now on. */
  readonly onFound: (host: string, path: PathObject, found: Found) => void;
  /** An interface should be larger. */
  readonly onLink: () => void;
}

export interface Found {
  readonly mtu: number;
  /** What it was taken for before. */
  readonly before: number;
  /** Larger packets were lost, and nobody told. */
  readonly isBlackHole: boolean;
}

export interface Meter extends Pick<ProbeEvents, "onSized"> {
  /** What a pair's packets on a plane may measure: as it was measured, or is in the routes, or what is usual. */
  readonly mtuOf: (host: string, plane: PlaneName) => number | undefined;
  /** What was measured of a path. */
  readonly measured: (host: string, path: PathObject) => number | undefined;
  /** What an interface is to carry, for the largest of the paths below it. */
  readonly linkMtu: (plane: PlaneObject) => number;
  /** The machine as it is now. */
  readonly saw: (actual: Actual) => void;
  /** This host is somewhere else: all of its paths are others. */
  readonly moved: () => void;
  readonly close: () => void;
}

interface Measured {
  path: PathObject;
  mtu?: number;
  /** Monotonic ms. */
  dueAt: number;
  measuredAt: number;
  /** Where its packets went when it was measured. */
  endpoint?: string;
  /** The other end's agent answers probes of a size: before version 0.3 none did. */
  answers: boolean;
  wasProven: boolean;
  isRunning: boolean;
}

const tickMs = 250;
const [hourMs, jitterShare] = [3_600_000, 0.2];
/** A path that was found too small is looked at again after this: it may have been for a moment. */
const doubtMs = 600_000;
/** A path that comes and goes is not measured more often than this. */
const leastMs = 10_000;
const raiseMs = 1_000;
const mostAtOnce = 4;
const checkMs = 2_000;
/** Pairs of a plane that are looked at in one turn. */
const mostChecks = 8;
const checkTries = 3;
const [leastPatienceMs, mostPatienceMs] = [300, 1_500];

export function startMeter(parts: MeterParts): Meter {
  const { clock, prober, mesh, outside, traffic, random, onFound, onLink } = parts;
  const records = new Map<string, Measured>();
  const underlay = new Map<PlaneName, number>();
  const seen = new Map<PlaneName, Traffic>();
  const ownBytes = new Map<PlaneName, number>();
  const inside = createInside(clock, prober);
  let actual: Actual | undefined;
  let running = 0;
  let turn = 0;

  const linkMtu = ({ name, mtu, mostMtu = mtu }: PlaneObject) => {
    const below = underlay.get(name);
    const wanted = below === undefined ? (actual?.links.get(name)?.mtu ?? 0) : overlayMtu(below, 6);
    return Math.max(mtu, Math.min(mostMtu, wanted));
  };
  const linkOf = (plane: PlaneName) => actual?.links.get(plane)?.mtu;
  const routedMtu = ({ prefixes }: PairObject, plane: PlaneName) =>
    actual?.routes.find(({ destination, link }) => link === plane && prefixes.includes(destination))?.mtu;
  const mtuOf = (host: string, plane: PlaneName) => {
    const state = mesh();
    const [pair, object] = [
      state?.pairs.find((one) => one.host === host),
      state?.planes.find(({ name }) => name === plane),
    ];
    if (pair === undefined || object === undefined) return undefined;
    const link = linkMtu(object);
    const path = pair.paths.find((one) => one.plane === plane);
    const known = path && records.get(keyOf(host, path))?.mtu;
    return unpaddedMtu(known ?? routedMtu(pair, plane) ?? assumedMtu(link), link);
  };

  const endpointOf = (state: MeshState, host: string, { plane, via }: PathObject) => {
    const peer = state.peers.find((one) => one.plane === plane && one.host === (via ?? host));
    const device = actual?.links.get(plane)?.device;
    return peer && device?.peers.find(({ publicKey }) => publicKey === peer.publicKey)?.endpoint;
  };

  const patienceOf = (host: string) =>
    Math.min(mostPatienceMs, Math.max(leastPatienceMs, 2 * (prober.reach(host)?.roundTripMs ?? 0)));
  const ask = (host: string, path: PathObject, sizes: readonly number[]) => {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    ownBytes.set(path.plane, (ownBytes.get(path.plane) ?? 0) + bytes);
    return inside.ask(path, sizes, patienceOf(host));
  };

  const settle = (host: string, record: Measured, mtu: number, isBlackHole: boolean) => {
    const before = mtuOf(host, record.path.plane) ?? mtu;
    record.mtu = mtu;
    if (mtu !== before) onFound(host, record.path, { mtu, before, isBlackHole });
  };

  const measure = async (host: string, record: Measured) => {
    const { path, endpoint } = record;
    const object = mesh()?.planes.find(({ name }) => name === path.plane);
    const below = endpoint === undefined ? undefined : await outside.deviceMtu(endpoint);
    if (object === undefined) return;
    if (below !== undefined && below > (underlay.get(path.plane) ?? 0)) underlay.set(path.plane, below);
    const link = linkMtu(object);
    if (linkOf(path.plane) !== link) {
      onLink();
      record.dueAt = clock.monotonic() + raiseMs; // the interface is as large as that by then
      return;
    }
    const sizes = sizesUpTo(link, link);
    const known = record.mtu;
    const current = sizes.indexOf(mtuOf(host, path.plane) ?? link);
    /** What is known to pass is used at once, when what was used is lost. */
    const onRound = ({ low, misses }: Search) => {
      if (low >= 0 && low < current && (misses.get(current) ?? 0) >= 2) settle(host, record, sizes[low]!, true);
    };
    const [whole, arrives] = await Promise.all([
      endpoint === undefined ? undefined : outside.measure(endpoint, sizes, link),
      runSearch(sizes, (asked) => ask(host, path, asked), onRound),
    ]);
    const now = clock.monotonic();
    record.measuredAt = now;
    const found = Math.min(whole ?? link, arrives ?? link);
    const isUnknown = whole === undefined && arrives === undefined;
    const isDoubtful = isUnknown || (known !== undefined && found < known);
    record.dueAt = now + (isDoubtful ? doubtMs : hourMs) * (1 + jitterShare * (2 * random() - 1));
    record.answers = arrives !== undefined;
    if (!isUnknown) settle(host, record, found, whole === undefined || (arrives ?? link) < whole);
  };

  const run = async (record: Measured, work: () => Promise<void>) => {
    record.isRunning = true;
    running++;
    await work().finally(() => {
      record.isRunning = false;
      running--;
    });
  };

  const follow = (state: MeshState, now: number) => {
    const keys = new Set<string>();
    for (const { host } of state.pairs) {
      for (const { path, proven } of prober.paths(host)) {
        const key = keyOf(host, path);
        keys.add(key);
        const record = records.get(key) ?? newRecord(path, now);
        records.set(key, record);
        const endpoint = endpointOf(state, host, path);
        const isOther = record.endpoint !== endpoint || (proven && !record.wasProven);
        if (isOther) record.dueAt = Math.min(record.dueAt, Math.max(now, record.measuredAt + leastMs));
        Object.assign(record, { path, endpoint, wasProven: proven });
        if (!proven || record.isRunning || now < record.dueAt || running >= mostAtOnce) continue;
        void run(record, () => measure(host, record));
      }
    }
    for (const key of records.keys()) if (!keys.has(key)) records.delete(key);
  };

  /** The largest packet that the path is taken to carry, a few times: where none arrives it is measured anew. */
  const check = async (host: string, record: Measured) => {
    const size = mtuOf(host, record.path.plane);
    for (let tries = 0; size !== undefined && tries < checkTries; tries++)
      if ((await ask(host, record.path, [size])).passed.length > 0) return;
    if (prober.reach(host)?.proven) await measure(host, record);
  };

  const checkBusy = (state: MeshState) => {
    turn++;
    for (const { name } of state.planes) {
      const [before, now] = [seen.get(name), traffic(name)];
      const own = ownBytes.get(name) ?? 0;
      ownBytes.delete(name);
      if (now !== undefined) seen.set(name, now);
      if (before === undefined || now === undefined || !carriesLarge(before, now, own)) continue;
      const users = state.pairs.filter(({ host }) => prober.reach(host)?.path.plane === name);
      const first = (turn * mostChecks) % Math.max(1, users.length);
      for (const { host } of [...users.slice(first), ...users.slice(0, first)].slice(0, mostChecks)) {
        const reach = prober.reach(host)!;
        const record = records.get(keyOf(host, reach.path));
        if (reach.proven && record?.answers && !record.isRunning) void run(record, () => check(host, record));
      }
    }
  };

  const following = every(clock, tickMs, () => {
    const state = mesh();
    if (state !== undefined && actual !== undefined) follow(state, clock.monotonic());
  });
  const checking = every(clock, checkMs, () => {
    const state = mesh();
    if (state !== undefined) checkBusy(state);
  });

  return {
    mtuOf,
    linkMtu,
    measured: (host, path) => records.get(keyOf(host, path))?.mtu,
    saw(seen) {
      actual = seen;
    },
    moved() {
      for (const record of records.values()) record.dueAt = clock.monotonic();
    },
    onSized: inside.onSized,
    close() {
      following.close();
      checking.close();
    },
  };
}

const newRecord = (path: PathObject, now: number): Measured => {
  return { path, dueAt: now, measuredAt: now - leastMs, answers: false, wasProven: false, isRunning: false };
};

/** A path whose key was renewed is the same line. */
const keyOf = (host: string, { plane, via, probeAddress }: PathObject) => `${host} ${plane} ${via} ${probeAddress}`;
