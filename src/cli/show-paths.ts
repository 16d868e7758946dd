// How one host reaches the others: path, round trip, handshake, and what was tried where nothing answers; how old its keys are.

import { unknownHost } from "../plan/unknown-host.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { KeyAges } from "../wire/rotation.ts";
import type { PeerStatus, RouterStatus } from "../wire/stream.ts";
import type { Context } from "./context.ts";
import { ago, spanOf, until } from "./when.ts";

/** The exit status: 0, or 1 where some host or relay does not answer. */
export function showPaths(context: Context, { hosts, rotation }: StatusAnswer, name: string): number {
  const host = hosts.find((one) => one.name === name);
  if (host === undefined) {
    const names = hosts.map((one) => one.name);
    throw unknownHost(name, names);
  }
  const { agent } = host;
  const [peers, relays, routers] = [agent?.peers ?? [], agent?.relays ?? [], agent?.routers ?? []];
  const keys = keysOf(host, rotation.keys);
  context.answer({ host: name, peers, relays, ...(routers.length > 0 && { routers }), keys }, () => {
    showKeys(context, keys);
    if (!host.joined) return context.print(`${name} has not joined: portway token create --host ${name}`);
    if (agent === undefined) return context.print(`${name} has told nothing of its paths yet`);
    const { good, bad } = context.colour;
    const online = (isOnline: boolean) => (isOnline ? good("yes") : bad("no"));
    context.table([
      ["PEER", "ONLINE", "PATH", "ROUND TRIP", "MTU", "HANDSHAKE", "TRIED IN VAIN"],
      ...peers.map((peer) => [
        peer.host,
        online(peer.online),
        wayOf(peer),
        msOf(peer.roundTripMs),
        peer.mtu === undefined ? "-" : String(peer.mtu),
        peer.handshakeAgeSeconds === undefined ? "-" : spanOf(peer.handshakeAgeSeconds),
        peer.tried?.join(", ") ?? "-",
      ]),
    ]);
    if (routers.length > 0) {
      context.print();
      context.table([
        ["NETWORK", "THROUGH", "ANSWERS"],
        ...routers.map((one) => [networkOf(one), one.host ?? "-", online(one.online)]),
      ]);
    }
    if (relays.length === 0) return;
    context.print();
    context.table([
      ["RELAY", "ANSWERS", "PLANE", "ROUND TRIP", "TRIED SINCE"],
      ...relays.map((one) => [
        one.host,
        online(one.online),
        one.plane,
        msOf(one.roundTripMs),
        one.tried?.join(", ") ?? "-",
      ]),
    ]);
  });
  return [...peers, ...relays].every((one) => one.online) ? 0 : 1;
}

/** A WireGuard key of the host, since when it is in use, and when it is due by the file's schedule. */
interface ShownKey {
  readonly plane: string;
  readonly generation: number;
  readonly since: string;
  readonly dueAt?: string;
}

/** Keys of the planes that it uses, as far as it told; all that it has where it told nothing. */
function keysOf({ keys, joinedAt, agent, roles }: HostDetail, { everyMs }: KeyAges): readonly ShownKey[] {
  const planes = ["pw0", ...(roles.includes("relay") ? ["pwr"] : []), ...(agent?.relays ?? []).map((one) => one.plane)];
  return keys
    .filter(({ plane }) => agent === undefined || planes.includes(plane))
    .map(({ plane, generation, since = joinedAt ?? "" }) => ({
      ...{ plane, generation, since },
      ...(everyMs !== undefined && { dueAt: new Date(Date.parse(since) + everyMs).toISOString() }),
    }));
}

function showKeys({ table, print, colour }: Context, keys: readonly ShownKey[]): void {
  if (keys.length === 0) return;
  const dueOf = ({ dueAt }: ShownKey) => {
    if (dueAt === undefined) return "-";
    return Date.parse(dueAt) <= Date.now() ? colour.warn("now") : until(dueAt);
  };
  table([
    ["KEY", "GENERATION", "IN USE SINCE", "DUE"],
    ...keys.map((key) => [key.plane, String(key.generation), ago(key.since), dueOf(key)]),
  ]);
  print();
}

function networkOf({ network }: RouterStatus): string {
  const internet: Readonly<Record<string, string>> = { "0.0.0.0/0": "internet (IPv4)", "::/0": "internet (IPv6)" };
  return internet[network] ?? network;
}

function wayOf({ path }: PeerStatus): string {
  if (path === undefined) return "-";
  return path.via === undefined ? `${path.kind} (${path.plane})` : `relay ${path.via} (${path.plane})`;
}

const msOf = (ms: number | undefined) => (ms === undefined ? "-" : `${ms.toFixed(1)} ms`);
