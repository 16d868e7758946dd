// How one host reaches the others: path, round trip, handshake, and what was tried where nothing answers.
import type { StatusAnswer } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import type { PeerStatus } from "../wire/stream.ts";
import type { Context } from "./context.ts";
import { spanOf } from "./when.ts";

/** The exit status: 0, or 1 where some host or relay does not answer. */
export function showPaths(context: Context, { hosts }: StatusAnswer, name: string): number {
  const agent = hosts.find((host) => host.name === name)?.agent;
  if (!hosts.some((host) => host.name === name))
    throw new AppError("notFound", `there is no host ${name}`, { hint: "portway hosts lists them" });
  const [peers, relays] = [agent?.peers ?? [], agent?.relays ?? []];
  context.answer({ host: name, peers, relays }, () => {
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

function wayOf({ path }: PeerStatus): string {
  if (path === undefined) return "-";
  return path.via === undefined ? `${path.kind} (${path.plane})` : `relay ${path.via} (${path.plane})`;
}

const msOf = (ms: number | undefined) => (ms === undefined ? "-" : `${ms.toFixed(1)} ms`);
