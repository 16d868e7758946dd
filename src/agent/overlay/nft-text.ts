// Words of nft's language.
import type { Family } from "../../net/address.ts";
import { familyOf } from "./model.ts";

/** Errors that tell a connection's ends what becomes of its packets. */
export const icmpErrors = "destination-unreachable, time-exceeded, parameter-problem";
export const icmpv6Errors = "destination-unreachable, packet-too-big, time-exceeded, parameter-problem";

/** A set or a map with its elements. */
export function container(head: string, type: string, elements: readonly string[], kind = "flags interval"): string {
  const sorted = [...new Set(elements)].sort();
  const list = sorted.length === 0 ? "" : `\t\telements = {\n\t\t\t${sorted.join(",\n\t\t\t")} }\n`;
  return `\t${head} {\n\t\t${type}\n${kind === "" ? "" : `\t\t${kind}\n`}${list}\t}\n`;
}

/** A chain with a hook, or one that others jump to. */
export function chain(name: string, hook: string | undefined, rules: readonly string[]): string {
  return `\tchain ${name} {\n${[...(hook === undefined ? [] : [hook]), ...rules].map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}

export const keywordOf = (family: Family) => (family === 4 ? "ip" : "ip6");
export const keyword = (prefix: string) => keywordOf(familyOf(prefix));
export const typeOf = (family: Family) => `ipv${family}_addr`;
/** Single addresses without their length, as nft prints them. */
export const bare = (prefix: string) => prefix.replace(/^([^:]*)\/32$|^(.*:.*)\/128$/, "$1$2");

/** Those of the family, as nft prints them. */
export const ofFamily = (prefixes: readonly string[], family: Family) =>
  prefixes.filter((prefix) => familyOf(prefix) === family).map(bare);
