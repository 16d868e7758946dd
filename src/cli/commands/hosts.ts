// portway hosts: who belongs to the network; removing one; confirming what an agent holds back.

import { unknownHost } from "../../plan/unknown-host.ts";
import { renameInFile } from "../../spec/rename.ts";
import type { HostDetail, HostsAnswer, HostView, RenameAnswer } from "../../wire/hosts.ts";
import type { Command, CommandWork } from "../command.ts";
import { confirmed } from "../confirm.ts";
import type { Context } from "../context.ts";
import { whatEndsWith } from "../last-of-its-kind.ts";
import { nameFrom } from "../names.ts";
import { readSpecFile, rewriteSpecFile } from "../spec-file.ts";
import { ago, bytes, spanOf } from "../when.ts";

const list: Command = {
  summary: "list hosts",
  run: async (context) => {
    const answer = await context.api().call<HostsAnswer>("hostsList");
    context.answer(answer, () => {
      const rows = answer.hosts.map((host) => [
        host.name,
        host.ipv4,
        stateOf(context, host),
        host.roles.join(",") || "-",
        host.tags.join(",") || "-",
        host.endpoint ?? context.colour.dim("no endpoint"),
      ]);
      context.table([["HOST", "ADDRESS", "STATE", "ROLES", "TAGS", "ENDPOINT"], ...rows]);
    });
    return 0;
  },
};

const show: Command = {
  summary: "show one host with its peers",
  arguments: [{ name: "<name>", text: "the host" }],
  run: async (context, [name]) => {
    const host = await context.api().call<HostDetail>("hostGet", { path: { name: name! } });
    context.answer(host, () => {
      const keys = host.keys.map((key) => `${key.plane} generation ${key.generation}`).join(", ");
      const facts: (readonly string[])[] = [
        ["address", `${host.ipv4}  ${host.ipv6}`],
        ["state", stateOf(context, host)],
        ["roles", host.roles.join(", ") || "-"],
        ["tags", host.tags.join(", ") || "-"],
        ["endpoint", host.endpoint ?? "-"],
        ["identity", host.identity ?? "-"],
        ["keys", keys || "-"],
        ["certificate until", host.credentialUntil ?? "-"],
        ["joined", host.joinedAt ? ago(host.joinedAt) : "-"],
      ];
      context.print(context.colour.strong(host.name));
      context.table(facts, "  ");
      if (!host.agent) return;
      const peers = host.agent.peers.map((peer) => [
        peer.host,
        peer.online ? context.colour.good("online") : context.colour.bad("dark"),
        peer.path ? (peer.path.via ? `relay ${peer.path.via}` : peer.path.kind) : "-",
        peer.roundTripMs === undefined ? "-" : `${peer.roundTripMs.toFixed(1)} ms`,
        peer.handshakeAgeSeconds === undefined ? "-" : spanOf(peer.handshakeAgeSeconds),
        `${bytes(peer.rxBytes)} in, ${bytes(peer.txBytes)} out`,
      ]);
      context.print();
      context.table([["PEER", "STATE", "PATH", "ROUND TRIP", "HANDSHAKE", "BYTES"], ...peers], "  ");
    });
    return 0;
  },
};

const rename: Command = {
  summary: "give a host another name; its addresses, identity and tunnels stay",
  about:
    "The file in force names it anew. Your own copy of the file has to as well, or the next apply takes the host out: --file does that.",
  arguments: [
    { name: "<name>", text: "the host" },
    { name: "<new-name>", text: "what it is called from now on" },
  ],
  options: [{ flags: "--file <file>", text: "rename it in this file too" }],
  examples: ["portway hosts rename api-1 orders-1 --file portway.yaml"],
  run: async (context, [name, to], options) => {
    const file = options["file"] as string | undefined;
    nameFrom(to!, "a host's name");
    const text = file === undefined ? undefined : readSpecFile(file).toString(); // before anything is changed
    const path = { name: name! };
    const answer = await context.api().call<RenameAnswer>("hostRename", { path, body: { to: to! } });
    if (file !== undefined && text !== undefined) rewriteSpecFile(file, renameInFile(text, name!, to!));
    context.answer(answer, () => context.print(`${name} is called ${to} now`));
    if (answer.isInFile && file === undefined)
      context.note(`rename it in your file too, or the next apply takes it out: ${name} to ${to}`);
    return 0;
  },
};

const removeHost: Command = {
  summary: "remove a host: its credential and its peers' tunnels to it end at once",
  arguments: [{ name: "<name>", text: "the host" }],
  options: [
    { flags: "-y, --yes", text: "do not ask, but for the host that runs control and the only edge" },
    { flags: "--stop-serving", text: "with --yes: not for these either" },
  ],
  examples: ["portway hosts remove api-1 --yes", "portway hosts remove edge-1 --yes --stop-serving"],
  run: async (context, [name], options) => {
    const { hosts } = await context.api().call<HostsAnswer>("hostsList");
    if (!hosts.some((host) => host.name === name))
      throw unknownHost(
        name!,
        hosts.map((host) => host.name),
      );
    const ends = whatEndsWith(name!, hosts, context.paths);
    const yes = options["yes"] === true && (ends.length === 0 || options["stopServing"] === true);
    const question = [...ends, `remove ${name} from the network?`].join(". ");
    const hint = ends.length > 0 ? "look at it, then give --yes --stop-serving" : undefined;
    if (!(await confirmed(context, yes, question, hint))) return 1;
    const answer = await context.api().call("hostRemove", { path: { name: name! } });
    context.answer(answer, () => context.print(`${name} is removed`));
    return 0;
  },
};

const confirm: Command = {
  summary: "let a host make the removals that its agent holds back",
  arguments: [{ name: "<name>", text: "the host" }],
  options: [{ flags: "-y, --yes", text: "do not ask" }],
  run: async (context, [name], options) => {
    const held = (await context.api().call<HostDetail>("hostGet", { path: { name: name! } })).agent?.held;
    if (!held) {
      context.answer({ held: null }, () => context.print(`${name} holds nothing back`));
      return 0;
    }
    const question = `${name} would lose ${held.peers.length} of ${held.of} peers (${held.peers.join(", ")}). Go on?`;
    if (!(await confirmed(context, options["yes"] === true, question))) return 1;
    const answer = await context.api().call("hostConfirm", { path: { name: name! } });
    context.answer(answer, () => context.print(`confirmed: ${name} removes ${held.peers.join(", ")}`));
    return 0;
  },
};

export const command: CommandWork = {
  usual: "list",
  commands: { list, show, rename, remove: removeHost, "confirm-removals": confirm },
};

/** Online means that a packet came back through a tunnel; control may hear of a host that has none. */
function stateOf(context: Context, host: HostView): string {
  const { good, warn, bad, dim } = context.colour;
  if (host.waitingSince !== undefined) return warn(`waits for approval, asked ${ago(host.waitingSince)}`);
  if (host.staleSince !== undefined) return dim(`away, seen ${ago(host.staleSince)}`);
  if (!host.joined) return dim("not joined");
  if (host.online) return good("online");
  if (host.connected) return warn("no tunnel");
  return bad(host.lastSeenAt ? `offline, seen ${ago(host.lastSeenAt)}` : "offline");
}
