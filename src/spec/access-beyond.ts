// Whether the file's access rules let a host reach an address that is no host's: one behind a host that routes it, or one in the
// internet, through an exit.
import { isInternet } from "../net/internet.ts";
import { type Prefix, parsePrefix, parsePrefixOrAddress, prefixCovers } from "../net/prefix.ts";
import { type AccessAnswer, covers, type Opening, type Party } from "./access-answer.ts";
import { selects } from "./selectors.ts";
import type { AccessRule, HostSpec } from "./types.ts";

/** A host, with what its packets may go by. */
export interface Sender extends Party, Pick<HostSpec, "routes" | "tunnel"> {}

/** By whom packets to the address go: itself, a host that routes it, an exit, or nobody that Portway knows. */
export type Beyond = "itself" | "router" | "exit" | "nobody";

export interface BeyondAnswer extends AccessAnswer {
  readonly by: Beyond;
}

export function beyondAnswer(
  rules: readonly AccessRule[],
  from: Sender,
  address: string,
  opening: Opening,
): BeyondAnswer {
  const target = parsePrefixOrAddress(address)!;
  const within = (prefixes: readonly string[] = []) =>
    prefixes.some((text) => prefixCovers(parsePrefix(text)!, target));
  if (within(from.routes)) return { allowed: true, by: "itself" };
  const isFrom = (rule: AccessRule) => rule.from.some((selector) => selects(selector, from));
  const leading = (fits: (rule: AccessRule) => boolean) =>
    rules.flatMap((rule, index) => (isFrom(rule) && fits(rule) ? [index] : []));
  const routed = leading(({ toPrefixes }) => within(toPrefixes));
  const tunneled =
    isInternet(target) && goesByTunnel(from, target) ? leading(({ toInternet }) => toInternet === true) : [];
  const [named, by] = routed.length > 0 ? ([routed, "router"] as const) : ([tunneled, "exit"] as const);
  const rule = named.find((index) => rules[index]!.allow.some((one) => covers(one, opening)));
  if (rule !== undefined) return { allowed: true, rule, by };
  const [nearest] = named;
  if (nearest === undefined) return { allowed: false, by: "nobody" };
  return { allowed: false, by, nearest: { rule: nearest, misses: "ports" } };
}

/** Of what is in `only` and `except` the longer one counts. */
function goesByTunnel({ tunnel }: Sender, target: Prefix): boolean {
  if (tunnel === undefined) return false;
  const longest = (prefixes: readonly string[] = []) =>
    Math.max(
      -1,
      ...prefixes.map((text) => parsePrefix(text)!).flatMap((one) => (prefixCovers(one, target) ? one.length : [])),
    );
  const most = tunnel.only === undefined ? 0 : longest(tunnel.only);
  return most >= 0 && longest(tunnel.except) < most;
}
