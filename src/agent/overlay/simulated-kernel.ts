// A kernel for tests: does what changes say, and tells what it holds. It knows `ip` and `wg` as far as the agent uses them.
import { isDeepStrictEqual } from "node:util";
import type { Family } from "../../net/address.ts";
import type { Actual, Change, LinkState, PeerState, Route, Rule } from "./model.ts";
import { familyOf, mainTable } from "./model.ts";

export interface SimulatedKernel {
  links: Map<string, LinkState>;
  routes: Route[];
  rules: Rule[];
  firewall: string | undefined;
  settings: Map<string, string>;
}

export const emptyKernel = (): SimulatedKernel => ({
  links: new Map(),
  routes: [],
  rules: [],
  firewall: undefined,
  settings: new Map([
    ["/proc/sys/net/ipv6/conf/all/forwarding", "0"],
    ["/proc/sys/net/ipv6/conf/all/force_forwarding", "0"],
  ]),
});

export function actualOf(kernel: SimulatedKernel): Actual {
  const { links, routes, rules, firewall, settings } = kernel;
  return {
    links,
    routes,
    rules,
    settings,
    ownRoutes: [],
    changedSettings: new Map(),
    firewallHolds: (text) => text === firewall,
  };
}

export function run(kernel: SimulatedKernel, changes: readonly Change[]): void {
  for (const change of changes) {
    switch (change.kind) {
      case "firewall":
        kernel.firewall = change.text;
        break;
      case "createLink":
        removeLink(kernel, change.link);
        kernel.links.set(change.link, { mtu: 1500, up: false, addresses: [], device: newDevice });
        break;
      case "removeLink":
        removeLink(kernel, change.link);
        break;
      case "setting":
        kernel.settings.set(change.setting.path, change.setting.value);
        break;
      case "wg":
        setWireGuard(kernel, change.link, [...change.words]);
        break;
      case "ip":
        runIp(kernel, [...change.words]);
        break;
      case "restoreSettings":
        throw new Error("nothing to restore here");
    }
  }
}

const newDevice = { publicKey: "", listenPort: 12345, peers: [] };

/** An interface takes its addresses, settings and routes along, and routes from an address that no other one has. */
export function removeLink(kernel: SimulatedKernel, name: string): void {
  const taken = kernel.links.get(name)?.addresses ?? [];
  kernel.links.delete(name);
  const left = new Set([...kernel.links.values()].flatMap((link) => link.addresses));
  const gone = new Set(taken.filter((one) => !left.has(one)).map((one) => one.split("/")[0]));
  kernel.routes = kernel.routes.filter(({ link, source }) => link !== name && !gone.has(source));
  for (const path of kernel.settings.keys()) if (path.split("/").at(-2) === name) kernel.settings.delete(path);
}

function setWireGuard(kernel: SimulatedKernel, name: string, words: string[]): void {
  const link = kernel.links.get(name)!;
  const device = link.device!;
  if (words[0] !== "peer") {
    const at = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
    const keyFile = at("private-key");
    const publicKey = keyFile === undefined ? device.publicKey : `own ${keyFile.split("/").at(-1)}`;
    const listenPort = Number(at("listen-port") ?? device.listenPort);
    const mark = Number(at("fwmark") ?? device.mark ?? 0);
    const marked = mark === 0 ? {} : { mark };
    const { mark: _, ...rest } = device;
    kernel.links.set(name, { ...link, device: { ...rest, publicKey, listenPort, ...marked } });
    return;
  }
  const [, publicKey, ...rest] = words;
  let peers = device.peers.filter((peer) => peer.publicKey !== publicKey);
  if (rest[0] !== "remove") {
    const before = device.peers.find((peer) => peer.publicKey === publicKey);
    const after = changedPeer(before ?? newPeer(publicKey!), rest);
    // An AllowedIP belongs to one peer of an interface.
    const taken = new Set(after.allowedIps);
    peers = [...peers.map((one) => ({ ...one, allowedIps: one.allowedIps.filter((ip) => !taken.has(ip)) })), after];
  }
  kernel.links.set(name, { ...link, device: { ...device, peers } });
}

export const newPeer = (publicKey: string): PeerState => ({
  publicKey,
  allowedIps: [],
  handshakeAtSeconds: 0,
  rxBytes: 0,
  txBytes: 0,
  keepaliveSeconds: 0,
});

function changedPeer(peer: PeerState, words: string[]): PeerState {
  if (words.length === 0) return peer;
  const [word, value, ...rest] = words;
  if (word === "endpoint") return changedPeer({ ...peer, endpoint: value! }, rest);
  if (word === "persistent-keepalive") return changedPeer({ ...peer, keepaliveSeconds: Number(value) }, rest);
  if (word === "allowed-ips")
    return changedPeer({ ...peer, allowedIps: value === "" ? [] : value!.split(",").sort() }, rest);
  throw new Error(`wg set: ${word}`);
}

function runIp(kernel: SimulatedKernel, words: string[]): void {
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const rest = words.filter((word) => !/^-[46]$/.test(word));
  const [object, verb, subject] = rest as [string, string, string];
  if (object === "link") {
    const link = kernel.links.get(subject)!;
    if (words.includes("up")) kernel.links.set(subject, { ...link, up: true });
    if (words.includes("mtu")) kernel.links.set(subject, { ...link, mtu: Number(after("mtu")) });
  } else if (object === "address") {
    const name = after("dev")!;
    const link = kernel.links.get(name)!;
    const others = link.addresses.filter((one) => one !== subject);
    kernel.links.set(name, { ...link, addresses: verb === "add" ? [...others, subject].sort() : others });
  } else if (object === "rule") {
    const rule = ruleOf(words[0] === "-6" ? 6 : 4, after);
    kernel.rules = kernel.rules.filter((one) => !isDeepStrictEqual(one, rule));
    if (verb === "add") kernel.rules.push(rule);
  } else {
    runRoute(kernel, verb, rest, after);
  }
}

function ruleOf(family: Family, after: (word: string) => string | undefined): Rule {
  const [link, address, mark] = [after("iif"), after("to"), after("fwmark")];
  return {
    ...{ family, priority: Number(after("priority")), table: after("lookup")! },
    ...(link !== undefined && { link }),
    ...(address !== undefined && { to: { address, port: Number(after("dport")) } }),
    ...(mark !== undefined && { unlessMarked: Number(mark) }),
    ...(after("suppress_prefixlength") !== undefined && { exceptDefault: true }),
  };
}

function runRoute(kernel: SimulatedKernel, verb: string, words: string[], after: (word: string) => string | undefined) {
  const [link, source] = [after("dev"), after("src")];
  const route: Route = {
    table: after("table") ?? mainTable,
    destination: words[2] === "unreachable" || words[2] === "throw" ? words[3]! : words[2]!,
    ...(words[2] === "throw" && { isThrown: true }),
    ...(after("metric") !== undefined && { metric: Number(after("metric")) }),
    ...(link !== undefined && { link }),
    ...(source !== undefined && { source }),
    ...(after("mtu") !== undefined && { mtu: Number(after("mtu")) }),
  };
  if (link !== undefined && kernel.links.get(link)?.up !== true) throw new Error(`route on ${link}, which is down`);
  const isSame = (one: Route) =>
    one.table === route.table && one.destination === route.destination && one.metric === route.metric;
  const index = kernel.routes.findIndex(
    (one) => isSame(one) && (verb === "replace" || (one.link === link && one.source === source)),
  );
  if (index >= 0) kernel.routes.splice(index, 1);
  else if (verb === "del") throw new Error(`no such route: ${words.join(" ")}`);
  if (verb !== "replace") return;
  if (familyOf(route.destination) === 4 && source !== undefined) demandAddress(kernel, source);
  kernel.routes.push(route);
}

function demandAddress(kernel: SimulatedKernel, address: string): void {
  const known = [...kernel.links.values()].flatMap((link) => link.addresses);
  if (!known.includes(`${address}/32`)) throw new Error(`route from ${address}, which is nowhere`);
}
