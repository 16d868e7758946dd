// Exit hosts, and hosts that send their packets through them.
import { isInternet } from "../../net/internet.ts";
import { parsePrefix, prefixCovers, prefixesOverlap } from "../../net/prefix.ts";
import { errorAt, type Finding, type Path, warningAt } from "../issue.ts";
import { selects } from "../selectors.ts";
import type { Spec, TunnelSpec } from "../types.ts";

export function checkExits(spec: Spec): Finding[] {
  const exits = Object.keys(spec.hosts).filter((name) => spec.hosts[name]!.exit);
  const tunnels = Object.entries(spec.hosts).flatMap(([name, { tunnel }]) =>
    tunnel ? tunnelFindings(name, tunnel, exits, spec) : [],
  );
  const rules = spec.access.flatMap((rule, index) => (rule.toInternet ? leadsNowhere(index, exits) : []));
  return [...exits.flatMap((name) => leadsByNone(name, spec)), ...rules, ...tunnels];
}

function leadsByNone(name: string, { hosts }: Spec): Finding[] {
  const { ipv4, ipv6 } = hosts[name]!.exit!;
  if (ipv4 || ipv6) return [];
  const hint = "leave one of the two, or take exit out";
  return [errorAt(["hosts", name, "exit"], "contradiction", `${name} leads there neither by IPv4 nor by IPv6`, hint)];
}

function leadsNowhere(rule: number, exits: readonly string[]): Finding[] {
  if (exits.length > 0) return [];
  const hint = "give a host that is to lead there exit: true";
  return [errorAt(["access", rule, "to"], "noExit", "no host is an exit to the internet", hint)];
}

function tunnelFindings(name: string, tunnel: TunnelSpec, exits: readonly string[], spec: Spec): Finding[] {
  const path = ["hosts", name, "tunnel"];
  if (exits.length === 0) {
    return [errorAt(path, "noExit", `${name} has no exit host to go through`, "give another host exit: true")];
  }
  const wrong = tunnel.exits.filter((exit) => Object.hasOwn(spec.hosts, exit) && !exits.includes(exit));
  const unusable = wrong.map((exit) => {
    const hint = `write ${exits.slice(0, 5).join(" or ")}, or give it exit: true`;
    const at = [...path, "exits", tunnel.exits.indexOf(exit)];
    return errorAt(at, "noExit", `${exit} is no exit host`, hint);
  });
  return [...unusable, ...rangeFindings(path, tunnel, spec), ...dropped(name, path, spec)];
}

function rangeFindings(path: Path, { only = [], except = [] }: TunnelSpec, { network }: Spec): Finding[] {
  const own = [network.ipv4, network.ipv6].map((text) => parsePrefix(text)!);
  const barred = only.flatMap((text): Finding[] => {
    const prefix = parsePrefix(text)!;
    const hint = "write public addresses; for networks behind a host, give it routes";
    if (isInternet(prefix) && !own.some((one) => prefixesOverlap(one, prefix))) return [];
    return [errorAt([...path, "only"], "unusableRange", `${text} is not in the internet alone`, hint)];
  });
  const everything = only.filter((text) => except.some((one) => prefixCovers(parsePrefix(one)!, parsePrefix(text)!)));
  const contrary = everything.map((text) => {
    return errorAt([...path, "except"], "contradiction", `nothing is left of ${text}`, "take it out of only or except");
  });
  const all = except.filter((text) => parsePrefix(text)!.length === 0);
  const nothing = all.map((text) => {
    return errorAt([...path, "except"], "unusableRange", `${text} is everything`, "take tunnel out");
  });
  return [...barred, ...contrary, ...nothing];
}

/** Tags that come with a token are not known here, so that it may be meant. */
function dropped(name: string, path: Path, { hosts, access }: Spec): Finding[] {
  const host = { name, ...hosts[name]! };
  if (access.some(({ from, toInternet }) => toInternet && from.some((one) => selects(one, host)))) return [];
  const message = `no rule lets ${name} open anything in the internet: what goes through its tunnel is dropped`;
  return [warningAt(path, "noRule", message, `add { from: [${name}], to: [internet], allow: [any] } to access`)];
}
