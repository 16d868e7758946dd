// portway status: the whole installation on one screen; what is wrong, and what to do about it.
import type { StatusAnswer } from "../../wire/api.ts";
import { breakersOpen, clientsText, openTo, targetsOut, workersText } from "../../wire/edge-text.ts";
import type { HostDetail } from "../../wire/hosts.ts";
import type { PeerStatus } from "../../wire/stream.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { showDrains } from "../show-drains.ts";
import { showPaths } from "../show-paths.ts";
import { showWarnings } from "../show-plan.ts";
import { keyLines, showRotation } from "../watch-rotation.ts";
import { ago, spanOf } from "../when.ts";

export const command: CommandWork = {
  about:
    "Online means that a packet came back through a tunnel. Exit status: 0, or 1 when a warning is critical or control does not answer.",
  arguments: [
    {
      name: "[host]",
      text: "how this host reaches others, what was tried where nothing answers, and how old its keys are",
    },
  ],
  run: async (context, [name]) => {
    const answer = await context.api().call<StatusAnswer>("status");
    if (name !== undefined) return showPaths(context, answer, name);
    context.answer(answer, () => {
      context.print(
        `network ${context.colour.strong(answer.network || "(no file applied yet)")}, revision ${answer.revision}`,
      );
      context.print();
      showHosts(context, answer);
      showEdges(context, answer.hosts);
      showKeys(context, answer);
      showListeners(context, answer.hosts);
      if (answer.drains.length > 0) context.print();
      if (answer.drains.length > 0) showDrains(context, answer.drains);
      if (answer.warnings.length > 0) context.print();
      showWarnings(context, answer.warnings);
    });
    return answer.warnings.some((warning) => warning.severity === "critical") ? 1 : 0;
  },
};

function showHosts(context: Context, { hosts, warnings }: StatusAnswer): void {
  const connecting = warnings.flatMap(({ code, subject }) => (code === "hostConnecting" ? [subject] : []));
  const rows = hosts.map((host) => [
    host.name,
    host.ipv4,
    connecting.includes(host.name) ? context.colour.dim("connecting") : onlineOf(context, host),
    ...pathOf(bestPeer(host)),
    host.roles.join(",") || host.tags.join(",") || "-",
  ]);
  context.table([["HOST", "ADDRESS", "ONLINE", "PATH", "ROUND TRIP", "HANDSHAKE", "ROLES OR TAGS"], ...rows]);
}

/** The peer that says most of a host's connection: the fastest that answers, else the first. */
function bestPeer(host: HostDetail): PeerStatus | undefined {
  const peers = host.agent?.peers ?? [];
  const online = peers.filter((peer) => peer.online);
  return online.sort((a, b) => (a.roundTripMs ?? Infinity) - (b.roundTripMs ?? Infinity))[0] ?? peers[0];
}

function pathOf(peer: PeerStatus | undefined): [string, string, string] {
  if (!peer?.path) return ["-", "-", "-"];
  const way = peer.path.via ? `relay ${peer.path.via}` : peer.path.kind;
  const roundTrip = peer.roundTripMs === undefined ? "-" : `${peer.roundTripMs.toFixed(1)} ms`;
  const handshake = peer.handshakeAgeSeconds === undefined ? "-" : spanOf(peer.handshakeAgeSeconds);
  return [`${way} to ${peer.host}`, roundTrip, handshake];
}

function onlineOf(context: Context, host: HostDetail): string {
  const { good, warn, bad, dim } = context.colour;
  if (host.waitingSince !== undefined) return warn("waits for approval");
  if (host.staleSince !== undefined) return dim(`away, seen ${ago(host.staleSince)}`);
  if (!host.joined) return dim("not joined");
  if (host.online) return good("yes");
  if (host.connected) return host.agent?.peers.length === 0 ? dim("no peers") : warn("no tunnel");
  return bad(host.lastSeenAt ? `no, seen ${ago(host.lastSeenAt)}` : "no");
}

/** A rotation that goes on, or how old keys are. */
function showKeys(context: Context, { rotation }: StatusAnswer): void {
  if (rotation.keys.inUse === 0) return;
  context.print();
  const goesOn = rotation.run !== undefined && rotation.run.endedAt === undefined;
  if (goesOn) showRotation(context, rotation);
  else for (const line of keyLines(rotation)) context.print(line);
}

function showEdges(context: Context, hosts: readonly HostDetail[]): void {
  const edges = hosts.filter((host) => host.edge !== undefined);
  if (edges.length === 0) return;
  context.print();
  const rows = edges.map(({ name, edge }) => [
    name,
    String(edge!.revision),
    edge!.nginx.running ? context.colour.good(workersText(edge!.nginx)) : context.colour.bad("down"),
    `${edge!.requestsPerSecond.toFixed(1)}/s`,
    `${edge!.errorsPerSecond.toFixed(1)}/s`,
    targetsOut(edge!).join(", ") || "-",
    breakersOpen(edge!).join(", ") || "-",
  ]);
  context.table([["EDGE", "REVISION", "NGINX", "REQUESTS", "ERRORS", "TARGETS OUT", "BREAKERS OPEN"], ...rows]);
  for (const { name, edge } of edges) {
    const ofClients = clientsText(edge!);
    if (ofClients.length > 0) context.print(context.colour.warn(`clients of ${name}: ${ofClients.join(", ")}`));
  }
}

function showListeners(context: Context, hosts: readonly HostDetail[]): void {
  const rows = hosts.flatMap(({ name, edge }) =>
    (edge?.listeners ?? []).map((listener) => [
      listener.name,
      name,
      String(listener.port),
      String(listener.connections),
      openTo(edge!, listener).join(", ") || "-",
    ]),
  );
  if (rows.length === 0) return;
  context.print();
  context.table([["LISTENER", "EDGE", "PORT", "CONNECTIONS", "TO TARGETS"], ...rows]);
}
