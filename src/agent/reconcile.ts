// One pass: read what there is, compare it with what should be, make the least changes. Level-triggered: a pass knows
// nothing of what caused it, and one on a host where all is well changes nothing.
import { existsSync } from "node:fs";
import type { Family } from "../net/address.ts";
import type { MeshState, PairObject, PeerObject } from "../wire/mesh.ts";
import type { IsOver } from "./deadlines.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Keyring } from "./keyring.ts";
import { apply, type Machine } from "./machine/apply.ts";
import { readActual } from "./machine/read.ts";
import type { Meter } from "./mtu/meter.ts";
import { behindHost, overlayOf, pairRoutes } from "./overlay/desired.ts";
import { diff } from "./overlay/diff.ts";
import type { EndpointHistory } from "./overlay/diff-peers.ts";
import { routeChanges } from "./overlay/diff-routes.ts";
import { type Actual, type Change, mainTable, type PeerState } from "./overlay/model.ts";
import type { Prober } from "./paths/prober.ts";
import type { Lapses } from "./repair/lapses.ts";
import { createRepairs } from "./repairs.ts";
import { onwardLinks } from "./subnets/onward-links.ts";
import type { Routers } from "./subnets/routers.ts";

export interface Reconciler {
  /** Never rejects: what went wrong is in the result. */
  readonly pass: (mesh: MeshState) => Promise<PassResult>;
  /** Sends pairs by the paths that are chosen now, without a look at anything else; the next pass checks on it. */
  readonly move: (mesh: MeshState, pairs: readonly PairObject[]) => Promise<void>;
  /** No answers come through a peer any more: the next pass names its endpoint again. */
  readonly fellSilent: (peer: PeerObject) => void;
}

export interface PassResult {
  readonly changes: readonly Change[];
  /** As it was before the changes; absent when it could not be read. */
  readonly actual?: Actual;
  readonly failures: readonly Error[];
  /** The changes put right what somebody else changed: nothing else was to be done since a pass that changed nothing. */
  readonly isRepair?: true;
}

export interface ReconcilerParts {
  readonly machine: Machine;
  readonly keys: Keyring;
  readonly prober: Prober;
  readonly routers: Routers;
  readonly endpoints: Endpoints;
  /** Names or addresses, and ports, at which control answers. */
  readonly control: readonly string[];
  /** Unix ms. */
  readonly now: () => number;
  readonly isOver: IsOver;
  readonly lapsed: Lapses;
  readonly meter: Pick<Meter, "mtuOf" | "linkMtu" | "saw">;
}

/** Handshakes come every two minutes at the most where packets flow, and probes always do. */
const silentSeconds = 150;

export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { machine, keys, prober, routers, endpoints, control, now, isOver, lapsed, meter } = parts;
  const [given, seen] = [new Map<string, string>(), new Map<string, string>()];
  const isSilent = (peer: PeerState) => now() / 1000 - peer.handshakeAtSeconds > silentSeconds;
  const stuck = new Set<string>();
  const history: EndpointHistory = {
    isStuck: (link, publicKey) => stuck.has(`${link} ${publicKey}`),
    given: (link, publicKey) => given.get(`${link} ${publicKey}`),
    seen: (link, publicKey) => seen.get(`${link} ${publicKey}`),
    isSilent,
  };

  const repairs = createRepairs();

  const planeOf = (host: string) => prober.reach(host)?.path.plane;

  const pass = async (mesh: MeshState): Promise<PassResult> => {
    keys.provide(mesh);
    const doors = mesh.tunnel === undefined ? [] : control;
    await endpoints.ready([...mesh.peers.flatMap((peer) => peer.endpoint ?? []), ...doors]);
    const actual = await readActual(machine, [
      ...behindHost(mesh),
      ...(mesh.tunnel === undefined ? [] : wholeInternet),
    ]);
    meter.saw(actual);
    for (const [link, { device }] of actual.links)
      for (const { publicKey, endpoint } of device?.peers ?? []) remember(seen, link, publicKey, endpoint);
    prober.update(mesh, (pair) => planeInUse(pair, actual));
    routers.update(mesh, actual);
    for (const peer of mesh.peers) {
      if (peer.endpoint === undefined) continue;
      const state = stateOf(peer, actual);
      if (state === undefined) endpoints.begin(peer.endpoint);
      else if (isSilent(state)) endpoints.doubt(peer.endpoint);
    }
    const desired = overlayOf(mesh, {
      keyOf: keys.keyOf,
      planeOf,
      resolve: endpoints.resolve,
      isOver,
      mtuOf: meter.mtuOf,
      linkMtu: meter.linkMtu,
      routerOf: routers.of,
      onwardLinks: (prefixes) => onwardLinks(prefixes, actual.ownRoutes, isBridge),
      uplinks: onwardLinks(wholeInternet, actual.ownRoutes).map(({ name }) => name),
      control: doors.flatMap((door) => endpoints.resolve(door) ?? []),
      isGuarded: (link, family) => isGuarded(link, family, actual),
    });
    const changes = [...diff(desired, actual, history), ...lapsed(actual)];
    const isRepair = repairs.look(desired, actual, changes);
    stuck.clear();
    const failures = await apply(machine, changes);
    if (failures.length === 0) {
      for (const { link, publicKey, endpoint } of desired.peers) remember(given, link, publicKey, endpoint);
      keys.forget(mesh);
    }
    if (failures.length > 0) repairs.failed();
    return { changes, actual, failures, ...(isRepair && { isRepair }) };
  };
  return {
    move: async (mesh, pairs) => {
      const routes = pairs.flatMap((pair) =>
        pairRoutes(pair, mesh, { planeOf, mtuOf: meter.mtuOf, routerOf: routers.of }),
      );
      await apply(machine, routeChanges(routes, []));
    },
    // wireguard-go goes on sending from where it last heard a peer, also when that interface is gone.
    fellSilent: ({ plane, publicKey }) =>
      void (machine.wireguard.kind === "userspace" && stuck.add(`${plane} ${publicKey}`)),
    pass: (mesh) => pass(mesh).catch((error: Error) => ({ changes: [], failures: [error] })),
  };
}

const wholeInternet = ["0.0.0.0/0", "::/0"];

const isBridge = (link: string) => existsSync(`/sys/class/net/${link}/bridge`);

/** The machine as a whole passes nothing on, and neither did this interface before Portway had it do so. */
function isGuarded(link: string, family: Family, { settings, changedSettings }: Actual): boolean {
  const all = `/proc/sys/net/ipv${family}/conf/all/forwarding`;
  const own = `/proc/sys/net/ipv${family}/conf/${link}/${family === 4 ? "forwarding" : "force_forwarding"}`;
  const isOfOthers = (path: string) => settings.get(path) === "1" && !changedSettings.has(path);
  return !isOfOthers(all) && !isOfOthers(own);
}

function remember(endpoints: Map<string, string>, link: string, publicKey: string, endpoint: string | undefined): void {
  if (endpoint !== undefined) endpoints.set(`${link} ${publicKey}`, endpoint);
}

const stateOf = ({ plane, publicKey }: PeerObject, { links }: Actual) =>
  links.get(plane)?.device?.peers.find((one) => one.publicKey === publicKey);

/** Where the kernel sends a pair's packets now. */
export function planeInUse(pair: PairObject, actual: Actual): string | undefined {
  return actual.routes.find((route) => route.table === mainTable && pair.prefixes.includes(route.destination))?.link;
}
