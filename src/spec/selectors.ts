// Selectors name hosts by what they are; allowances say what a rule lets through.
import { parseAddress } from "../net/address.ts";
import { parsePort } from "../net/endpoint.ts";
import { checkPrefix } from "./addresses.ts";
import { list, parsed } from "./fields.ts";
import { Fault, quote } from "./issue.ts";
import { checkName } from "./names.ts";
import type { Allowance, Role, Selector } from "./types.ts";

export const roles = ["edge", "relay"] as const satisfies readonly Role[];

export const selectorHint = "write tag:NAME, role:edge, role:relay, host:NAME, a host's name, or all";

/** Parses `tag:api`, `role:edge`, `host:db-1`, `db-1` or `all`. */
export function parseSelector(text: string): Selector | Fault {
  if (text === "all") return { kind: "all" };
  const colon = text.indexOf(":");
  const [kind, name] = colon < 0 ? ["host", text] : [text.slice(0, colon), text.slice(colon + 1)];
  const invalid = (reason: string) =>
    new Fault("invalidSelector", `${quote(text)} selects no host: ${reason}`, selectorHint);
  if (kind === "role") {
    const role = roles.find((one) => one === name);
    return role ? { kind, name: role } : invalid(`there is no role ${quote(name)}`);
  }
  if (kind !== "host" && kind !== "tag") return invalid(`${quote(kind)} is neither tag, role nor host`);
  const checked = checkName(name);
  return checked instanceof Fault ? checked : { kind, name };
}

/** The shortest text of a selector. */
export function formatSelector(selector: Selector): string {
  if (selector.kind === "all") return "all";
  return selector.kind === "host" ? selector.name : `${selector.kind}:${selector.name}`;
}

/** Whether a selector names a host that is described so. */
export function selects(
  selector: Selector,
  host: { readonly name: string; readonly roles: readonly Role[]; readonly tags: readonly string[] },
): boolean {
  if (selector.kind === "all") return true;
  if (selector.kind === "host") return host.name === selector.name;
  return selector.kind === "role" ? host.roles.includes(selector.name) : host.tags.includes(selector.name);
}

export const hostSelector = parsed({ description: "Hosts by tag, role or name.", hint: selectorHint }, parseSelector);

/** A list of selectors, at least one. */
export function selectorList(description: string) {
  return list(hostSelector, { description, hint: `write a list such as [tag:api]; ${selectorHint}` }, { min: 1 });
}

/** What a rule leads to: hosts, addresses behind a host that routes them (canonical), or the internet behind exit hosts. */
export type Destination =
  | Selector
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "internet" };

/** Parses a selector, `192.168.10.0/24`, a single address, or `internet`. */
export function parseDestination(text: string): Destination | Fault {
  if (text === "internet") return { kind: "internet" };
  if (!text.includes("/") && !parseAddress(text)) return parseSelector(text);
  const prefix = checkPrefix(text, true);
  return prefix instanceof Fault ? prefix : { kind: "prefix", prefix };
}

/** A list of destinations, at least one. */
export function destinationList(description: string) {
  const hint = `write a list such as [tag:db, 192.168.10.0/24]; ${selectorHint}; or a range that a host routes, or internet`;
  const item = parsed(
    { description: "Hosts by tag, role or name, addresses behind one, or internet.", hint },
    parseDestination,
  );
  return list(item, { description, hint }, { min: 1 });
}

const allowanceHint = "write tcp/8080, tcp/8000-8100, udp/53, icmp or any";

/** Parses `tcp/5432`, `udp/8000-8100`, `icmp` or `any`. */
export function parseAllowance(text: string): Allowance | Fault {
  if (text === "icmp" || text === "any") return { protocol: text };
  const match = /^(tcp|udp)\/([^-]+)(?:-(.+))?$/.exec(text);
  const [first, last] = match ? [parsePort(match[2]!), parsePort(match[3] ?? match[2]!)] : [];
  if (match && first !== undefined && last !== undefined) {
    if (first <= last) return { protocol: match[1] as "tcp" | "udp", ports: { first, last } };
    return new Fault("invalidAllowance", `${quote(text)} ends before it starts`, `write ${match[1]}/${last}-${first}`);
  }
  return new Fault("invalidAllowance", `${quote(text)} is not something a rule can allow`, hintForAllowance(text));
}

function hintForAllowance(text: string): string {
  if (text === "tcp" || text === "udp") return `write ${text}/1-65535 for every port, or the ports that are meant`;
  const swapped = /^([0-9-]+)\/(tcp|udp)$/.exec(text);
  if (swapped) return `write ${swapped[2]}/${swapped[1]}`;
  if (/^[0-9]+$/.test(text)) return `write tcp/${text} or udp/${text}`;
  return text.startsWith("icmp") ? "write icmp" : allowanceHint;
}

/** Whether an allowance lets a TCP port through. */
export function allowsTcp(allowance: Allowance, port: number): boolean {
  if (allowance.protocol === "any") return true;
  const { protocol, ports } = allowance;
  return protocol === "tcp" && ports !== undefined && ports.first <= port && port <= ports.last;
}
