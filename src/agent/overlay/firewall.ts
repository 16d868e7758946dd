// The nftables table of a host: default deny, per port and stateful, on every plane. Pure text; `nft -f` takes it as one
// transaction, so there is never a moment without rules, and connections that a rule still allows go on. A table that is there
// already is changed in part (firewall-update.ts): packets would be lost on the way from one whole table to the next.
import { createHash } from "node:crypto";
import type { Family } from "../../net/address.ts";
import { mergePrefixes } from "../../net/prefix.ts";
import type { Allow, Inbound, MeshState } from "../../wire/mesh.ts";
import {
  answeringChains,
  arrivingAtExit,
  arrivingByTunnel,
  familiesLed,
  forwardedByTunnel,
  internetMatch,
  leavingByTunnel,
  masqueradeAtExit,
  translatedByTunnel,
} from "./firewall-exits.ts";
import { passingLinks, passingOf } from "./firewall-relay.ts";
import { families, familyOf, type OnwardLink, ownMark, rangeOf } from "./model.ts";
import { bare, chain, container, icmpErrors, icmpv6Errors, keyword, keywordOf, ofFamily, typeOf } from "./nft-text.ts";

export const firewallTable = "inet portway";
/** One conntrack zone over all planes: a connection may go out on one and come back on another. */
const zone = 51820;

/** Which packets a set of counters is of. */
export type Way = "received" | "sent";

/** What the mesh state leaves to the host. */
export interface FirewallFacts {
  /** Whether a rule's time is over. */
  readonly isOver?: ((untilMs: number) => boolean) | undefined;
  /** The machine's own interfaces from which nothing is passed on but answers to the overlay. */
  readonly guarded?: readonly OnwardLink[];
}

/** The whole table of a host, ready for `nft -f -`, without what `isOver`. */
export function firewallText(mesh: MeshState, { isOver = () => false, guarded = [] }: FirewallFacts = {}): string {
  const isRelay = mesh.planes.some((plane) => plane.name === "pwr");
  const services = servicesOf(mesh.inbound.map((one) => inTime(one, isOver)).filter(({ allow }) => allow.length > 0));
  const onward = onwardRules(mesh, isOver);
  // Also while no rule's time is left: its interfaces forward until control has another state for this host.
  const isRouter = mesh.onward.length + mesh.outward.length > 0;
  const passing = isRelay ? passingOf(mesh) : { blocks: [], rules: [] };
  const isTunneled = mesh.tunnel !== undefined;
  const opens = isTunneled || mesh.subnets.some(({ own }) => own);
  const blocks = [
    ...families.map((family) => sourcesMap(family, services)),
    // Before the kernel puts fragments together: a probe that was split says nothing of what arrives whole.
    chain("whole", "type filter hook prerouting priority -450; policy accept;", wholeRule(mesh)),
    ...passing.blocks,
    ...(["received", "sent"] as const).flatMap((way) => families.map((family) => countedSet(way, family, mesh))),
    chain("arriving", "type filter hook prerouting priority raw; policy accept;", [
      ...(isRouter ? [...arrivingAtRouter(mesh), ...arrivingAtExit(mesh)] : []),
      ...(isRelay ? passingLinks.map((link) => `iifname "${link}" fib daddr type != local notrack accept`) : []),
      ...(isTunneled ? arrivingByTunnel(mesh) : []),
      `iifname "pw*" ct zone set ${zone} accept`,
      `iifname "lo" accept`,
      ...[mesh.host.ipv4Prefix, mesh.host.ipv6Prefix].flatMap((prefix) => [
        `${keyword(prefix)} saddr ${prefix} drop`,
        `${keyword(prefix)} daddr ${prefix} drop`,
      ]),
    ]),
    chain("leaving", "type filter hook output priority raw; policy accept;", [
      ...(opens ? [`oifname "pw*" meta mark ${ownMark} drop`] : []), // never a tunnel in itself
      `oifname "pw*" icmp type redirect drop`,
      ...(isTunneled ? leavingByTunnel(mesh, zone) : [`oifname "pw*" ct zone set ${zone}`]),
      `oifname "pw*" ip daddr @sent4`,
      `oifname "pw*" ip6 daddr @sent6`,
    ]),
    ...(isTunneled ? answeringChains.map(({ name, lines }) => chain(name, undefined, lines)) : []),
    chain("input", "type filter hook input priority filter; policy accept;", [`iifname "pw*" goto overlay`]),
    chain("overlay", undefined, [
      "ip saddr @received4",
      "ip6 saddr @received6",
      "ct state established ct direction reply accept",
      `ct state related icmp type { ${icmpErrors} } accept`,
      `ct state related icmpv6 type { ${icmpv6Errors} } accept`,
      ...probeRule(mesh),
      `ip daddr ${mesh.host.ipv4} ip saddr vmap @sources4`,
      `ip6 daddr ${mesh.host.ipv6} ip6 saddr vmap @sources6`,
      ...(isRouter ? ["jump onward"] : []),
      "drop",
    ]),
    ...(isRouter ? [chain("onward", undefined, onward)] : []),
    ...services.map(({ name, allow }) => chain(name, undefined, allow)),
    chain("forward", "type filter hook forward priority filter; policy accept;", [
      // What is passed on between networks of different MTUs: a connection keeps to the smaller one where ICMP is lost.
      `iifname "pw*" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
      `oifname "pw*" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
      ...passing.rules,
      ...(isRouter ? forwardedByRouter(guarded) : []),
      ...(isTunneled ? forwardedByTunnel(mesh, guarded) : []),
      `iifname "pw*" drop`,
      `oifname "pw*" drop`,
    ]),
    ...masquerade([...(isRouter ? masqueradeBehind(mesh) : []), ...(isTunneled ? translatedByTunnel(mesh) : [])]),
  ];
  // Naming the table first makes the deletion succeed also where there is none.
  return `table ${firewallTable}\ndelete table ${firewallTable}\ntable ${firewallTable} {\n${blocks.join("\n")}}\n`;
}

// What a router passes on lives in the machine's own conntrack zone, where the answers of its networks arrive, which know of no
// zone. What is for the router's own addresses there stays in the overlay's.

function arrivingAtRouter(mesh: MeshState): readonly string[] {
  return families.flatMap((family) => {
    const behind = behindRouter(mesh, family);
    if (behind === undefined) return [];
    const [ip, overlay] = [keywordOf(family), rangeOf(mesh, family)];
    return [
      `iifname "pw*" ${ip} daddr ${behind} fib daddr type != local accept`,
      `iifname != "pw*" ${ip} saddr ${behind} ${ip} daddr ${overlay} accept`,
      // What another router of the network sends there may cross a bridge of this host.
      `iifname != "pw*" ${ip} saddr ${overlay} ${ip} daddr ${behind} fib daddr type != local accept`,
    ];
  });
}

function forwardedByRouter(guarded: readonly OnwardLink[]): readonly string[] {
  const only = guarded.flatMap(({ name, families, isBridge }) => {
    const others = isBridge ? `oifname != "${name}" oifname != "pw*"` : `oifname != "pw*"`; // netfilter sees bridged packets too
    return families.map((family) => `iifname "${name}" ${others} meta nfproto ipv${family} drop`);
  });
  return [
    `iifname != "pw*" oifname "pw*" tcp flags syn tcp option maxseg size set rt mtu`,
    `oifname "pw*" ct state established ct direction reply accept`,
    `ct state related icmp type { ${icmpErrors} } accept`,
    `ct state related icmpv6 type { ${icmpv6Errors} } accept`,
    `iifname "pw*" oifname != "pw*" jump onward`,
    ...only,
  ];
}

/** What sources may open towards the networks behind this host, and the internet. */
function onwardRules(mesh: MeshState, isOver: (untilMs: number) => boolean): readonly string[] {
  const { host, onward, outward } = mesh;
  const beyond = onward.flatMap(({ from, to }) =>
    to.map(({ prefix, allow }) => ({ from, allow, family: familyOf(prefix), match: bare(prefix) })),
  );
  const internet = outward.flatMap(({ from, allow }) =>
    familiesLed(mesh).map((family) => ({ from, allow, family, match: internetMatch(host, family) })),
  );
  const sources = new Map<string, Set<string>>();
  for (const { from, allow, family, match } of [...beyond, ...internet]) {
    for (const one of allow.filter(({ until }) => until === undefined || !isOver(until))) {
      const rule = `${keywordOf(family)} daddr ${match} ${allowRule(one)}`;
      const known = sources.get(rule) ?? new Set();
      for (const source of from) if (familyOf(source) === family) known.add(bare(source));
      sources.set(rule, known);
    }
  }
  return [...sources]
    .filter(([, from]) => from.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, from]) => `${rule.split(" ")[0]} saddr { ${[...from].sort().join(", ")} } ${rule}`);
}

/** A set of the addresses behind this host that rules name. */
function behindRouter({ onward }: MeshState, family: Family): string | undefined {
  const all = onward.flatMap(({ to }) => to.map(({ prefix }) => prefix)).filter((one) => familyOf(one) === family);
  return all.length === 0 ? undefined : `{ ${mergePrefixes(all).map(bare).join(", ")} }`;
}

const masquerade = (rules: readonly string[]) =>
  rules.length === 0 ? [] : [chain("behind", "type nat hook postrouting priority srcnat; policy accept;", rules)];

/** Networks behind a host seldom know the way to the overlay: to them its packets come from the host itself. */
function masqueradeBehind(mesh: MeshState): readonly string[] {
  const ofNetworks = mesh.host.masquerade ? families : [];
  const rules = ofNetworks.flatMap((family) => {
    const behind = behindRouter(mesh, family);
    const [ip, overlay] = [keywordOf(family), rangeOf(mesh, family)];
    return behind === undefined ? [] : [`oifname != "pw*" ${ip} saddr ${overlay} ${ip} daddr ${behind} masquerade`];
  });
  return [...rules, ...masqueradeAtExit(mesh)];
}

/**
 * A chain for each distinct list of what may be opened, and the sources that it is for. It is named by the list, so that sources
 * keep theirs when another comes or goes.
 */
interface Service {
  readonly name: string;
  readonly allow: readonly string[];
  readonly sources: readonly string[];
}

function inTime(inbound: Inbound, isOver: (untilMs: number) => boolean): Inbound {
  return { ...inbound, allow: inbound.allow.filter(({ until }) => until === undefined || !isOver(until)) };
}

function servicesOf(inbound: readonly Inbound[]): readonly Service[] {
  const allowBySource = new Map<string, Set<string>>();
  for (const { from, allow } of inbound) {
    for (const source of from) {
      const rules = allowBySource.get(source) ?? new Set();
      for (const one of allow) rules.add(allowRule(one));
      allowBySource.set(source, rules);
    }
  }
  const sourcesByAllow = new Map<string, string[]>();
  for (const source of [...allowBySource.keys()].sort()) {
    const text = [...allowBySource.get(source)!].sort().join("\n");
    sourcesByAllow.set(text, [...(sourcesByAllow.get(text) ?? []), source]);
  }
  return [...sourcesByAllow.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text, sources]) => ({ name: `allow-${digest(text)}`, allow: text.split("\n"), sources }));
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);

function allowRule({ protocol, first, last }: Allow): string {
  if (protocol === "any") return "accept";
  if (protocol === "icmp") return "meta l4proto { icmp, ipv6-icmp } accept";
  if (first === undefined) return `meta l4proto ${protocol} accept`;
  return `${protocol} dport ${last === undefined || last === first ? first : `${first}-${last}`} accept`;
}

function probeRule({ planes, host }: MeshState): readonly string[] {
  return planes.length === 0 ? [] : [`ip6 daddr ${probeAddresses(planes)} udp dport ${host.probePort} accept`];
}

function wholeRule({ planes }: MeshState): readonly string[] {
  return planes.length === 0 ? [] : [`iifname "pw*" ip6 daddr ${probeAddresses(planes)} exthdr frag exists drop`];
}

function probeAddresses(planes: MeshState["planes"]): string {
  return `{ ${planes
    .map((plane) => plane.probeAddress)
    .sort()
    .join(", ")} }`;
}

function sourcesMap(family: Family, services: readonly Service[]): string {
  const elements = services.flatMap(({ name, sources }) =>
    ofFamily(sources, family).map((source) => `${source} : jump ${name}`),
  );
  return container(`map sources${family}`, `type ${typeOf(family)} : verdict`, elements);
}

/** The other ends' overlay addresses: the kernel counts what it finds in it. Probes have addresses of their own. */
function countedSet(way: Way, family: Family, { pairs }: MeshState): string {
  const hosts = pairs.flatMap(({ prefixes }) => ofFamily(prefixes, family)).filter((one) => !one.includes("/"));
  return container(`set ${way}${family}`, `type ${typeOf(family)}`, hosts, "counter");
}
