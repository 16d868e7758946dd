// Routes and rules: a change of path is one `ip route replace`, which loses no packet.
import { type Change, familyOf, mainTable, type Route, type Rule, routeProtocol } from "./model.ts";

export function routeChanges(desired: readonly Route[], present: readonly Route[]): readonly Change[] {
  const wanted = new Map(desired.map((route) => [keyOf(route), route]));
  const held = new Set<string>();
  const surplus = present.filter((route) => {
    const key = keyOf(route);
    const same = sameRoute(wanted.get(key), route) && !held.has(key);
    if (same) held.add(key);
    return !same;
  });
  const replaced = desired.filter((route) => !held.has(keyOf(route)));
  // What a replacement puts an end to is gone by then; only what has no place in the desired state is deleted.
  const removed = surplus.filter((route) => !wanted.has(keyOf(route)) || held.has(keyOf(route)));
  return [
    ...replaced.map((route): Change => ({ kind: "ip", words: ["route", "replace", ...routeWords(route)] })),
    ...removed.map((route): Change => ({ kind: "ip", words: ["route", "del", ...routeWords(route)] })),
  ];
}

export function ruleChanges(desired: readonly Rule[], present: readonly Rule[]): readonly Change[] {
  const same = (a: Rule) => (b: Rule) => a.family === b.family && ruleWords(a).join() === ruleWords(b).join();
  return [
    ...desired.filter((rule) => !present.some(same(rule))).map((rule) => ruleChange("add", rule)),
    ...present.filter((rule) => !desired.some(same(rule))).map((rule) => ruleChange("del", rule)),
  ];
}

function ruleChange(verb: "add" | "del", rule: Rule): Change {
  return { kind: "ip", words: [`-${rule.family}`, "rule", verb, ...ruleWords(rule)] };
}

/** Those that follow `ip rule add` and `del`. */
export function ruleWords({ priority, table, link, to, unlessMarked, exceptDefault }: Rule): readonly string[] {
  return [
    ...(link === undefined ? [] : ["iif", link]),
    ...(to === undefined ? [] : ["to", to.address, "ipproto", "tcp", "dport", `${to.port}`]),
    ...(unlessMarked === undefined ? [] : ["not", "fwmark", `0x${unlessMarked.toString(16)}`]),
    ...["lookup", table],
    ...(exceptDefault ? ["suppress_prefixlength", "0"] : []),
    ...["priority", `${priority}`, "protocol", routeProtocol],
  ];
}

function routeWords({ table, destination, link, isThrown, source, metric, mtu }: Route): readonly string[] {
  return [
    ...(link === undefined ? [isThrown ? "throw" : "unreachable", destination] : [destination, "dev", link]),
    ...(source === undefined ? [] : ["src", source]),
    "proto",
    routeProtocol,
    ...(metric === undefined ? [] : ["metric", `${metric}`]),
    ...(table === mainTable ? [] : ["table", table]),
    ...(mtu === undefined ? [] : ["mtu", `${mtu}`]),
  ];
}

const keyOf = ({ table, destination, metric }: Route) =>
  `${familyOf(destination)} ${table} ${destination} ${metric ?? ""}`;

const sameRoute = (a: Route | undefined, b: Route) =>
  a !== undefined && a.link === b.link && a.isThrown === b.isThrown && a.source === b.source && a.mtu === b.mtu;
