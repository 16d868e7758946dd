// Whether the file's access rules let one host reach another, and which rule does; or what comes nearest to one.
import { formatSelector, selects } from "./selectors.ts";
import type { AccessRule, Allowance, Role } from "./types.ts";

/** A host as selectors see it. */
export interface Party {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly tags: readonly string[];
}

/** What is to be opened; a port for tcp and udp. */
export interface Opening {
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
}

export interface AccessAnswer {
  readonly allowed: boolean;
  /** Index of the first rule that lets it through; a host reaches itself without one. */
  readonly rule?: number;
  /** The rule that comes nearest where none does, and what of it does not fit. */
  readonly nearest?: { readonly rule: number; readonly misses: "ports" | "direction" };
}

export function accessAnswer(rules: readonly AccessRule[], from: Party, to: Party, opening: Opening): AccessAnswer {
  if (from.name === to.name) return { allowed: true };
  const joins = (rule: AccessRule, a: Party, b: Party) =>
    rule.from.some((selector) => selects(selector, a)) && rule.to.some((selector) => selects(selector, b));
  const fits = (rule: AccessRule) => rule.allow.some((allowance) => covers(allowance, opening));
  const rule = rules.findIndex((one) => joins(one, from, to) && fits(one));
  if (rule >= 0) return { allowed: true, rule };
  const otherPorts = rules.findIndex((one) => joins(one, from, to));
  if (otherPorts >= 0) return { allowed: false, nearest: { rule: otherPorts, misses: "ports" } };
  const otherWay = rules.findIndex((one) => joins(one, to, from) && fits(one));
  return { allowed: false, ...(otherWay >= 0 && { nearest: { rule: otherWay, misses: "direction" } }) };
}

/** Whether what a rule lets through is this. */
export function covers({ protocol, ports }: Allowance, opening: Opening): boolean {
  if (protocol === "any") return true;
  if (protocol !== opening.protocol) return false;
  if (ports === undefined) return true;
  return opening.port !== undefined && ports.first <= opening.port && opening.port <= ports.last;
}

/** `tcp/5432`, `icmp` */
export const openingText = ({ protocol, port }: Opening) => (port === undefined ? protocol : `${protocol}/${port}`);

/** `from tag:api to db-1: tcp/5432, icmp`, as the file writes it. */
export function ruleText({ from, allow, ...to }: AccessRule): string {
  const allowances = allow.map(({ protocol, ports }) => {
    if (ports === undefined) return protocol;
    return `${protocol}/${ports.first === ports.last ? ports.first : `${ports.first}-${ports.last}`}`;
  });
  return `from ${from.map(formatSelector).join(", ")} to ${destinationTexts(to).join(", ")}: ${allowances.join(", ")}`;
}

/** What a rule leads to, as the file writes it. */
export function destinationTexts({
  to,
  toPrefixes = [],
  toInternet,
}: Pick<AccessRule, "to" | "toPrefixes" | "toInternet">): string[] {
  return [...to.map(formatSelector), ...toPrefixes, ...(toInternet ? ["internet"] : [])];
}
