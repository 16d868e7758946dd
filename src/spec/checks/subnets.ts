// Networks behind hosts: which hosts route them, and what rules name of them.
import { type Prefix, parsePrefix, prefixCovers, prefixesOverlap } from "../../net/prefix.ts";
import { errorAt, type Finding } from "../issue.ts";
import type { Spec } from "../types.ts";

/** Loopback, link-local, multicast and the like: they mean something else on each host. */
const unroutable = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/8", "fe80::/10", "ff00::/8"].map(
  (text) => parsePrefix(text)!,
);

interface Routed {
  readonly host: string;
  readonly text: string;
  readonly prefix: Prefix;
}

export function checkSubnets({ hosts, access }: Spec): Finding[] {
  const routed = Object.entries(hosts).flatMap(([host, { routes = [] }]) =>
    routes.map((text): Routed => ({ host, text, prefix: parsePrefix(text)! })),
  );
  const behind = routed.filter(({ prefix }) => prefix.length > 0);
  const named = access.flatMap(({ toPrefixes = [] }, index) =>
    toPrefixes.flatMap((text) => unrouted(text, index, behind)),
  );
  return [...routed.flatMap(badRange), ...overlaps(behind), ...named];
}

function badRange({ host, text, prefix }: Routed): Finding[] {
  const path = ["hosts", host, "routes"];
  if (prefix.length === 0) {
    const hint = "write the networks that are behind the host: [192.168.10.0/24]";
    return [errorAt(path, "unusableRange", `${text} is everything, no network behind ${host}`, hint)];
  }
  if (!unroutable.some((one) => prefixesOverlap(one, prefix))) return [];
  return [errorAt(path, "unusableRange", `${text} is not usable for routing`, "write a network that others can reach")];
}

/** Several hosts may route a network; then they name it alike, so that one can stand in for the other. */
function overlaps(routed: readonly Routed[]): Finding[] {
  const sorted = routed.toSorted((a, b) => a.prefix.length - b.prefix.length);
  return sorted.flatMap((one, index): Finding[] => {
    const wider = sorted
      .slice(0, index)
      .find(({ text, prefix }) => text !== one.text && prefixCovers(prefix, one.prefix));
    if (!wider) return [];
    const message = `${one.text} lies in ${wider.text}, which ${wider.host} routes`;
    const hint = "hosts that route one network write it alike: take the same range, or ranges that are apart";
    return [errorAt(["hosts", one.host, "routes"], "overlappingRanges", message, hint)];
  });
}

function unrouted(text: string, rule: number, routed: readonly Routed[]): Finding[] {
  const prefix = parsePrefix(text)!;
  if (routed.some((one) => prefixCovers(one.prefix, prefix))) return [];
  if (prefix.length === 0) {
    const hint = "write internet, and give a host exit: true";
    return [errorAt(["access", rule, "to"], "unroutedPrefix", `${text} is everything, no network`, hint)];
  }
  const known = [...new Set(routed.map((one) => one.text))];
  const message = `no host routes ${text}`;
  const hint =
    known.length > 0
      ? `write ${known.slice(0, 5).join(" or ")} or a part of it, or give a host routes: [${text}]`
      : `give the host that it is behind routes: [${text}]`;
  return [errorAt(["access", rule, "to"], "unroutedPrefix", message, hint)];
}
