// Rules between hosts that have no way to each other.
import { type Finding, warningAt } from "../issue.ts";
import { formatSelector } from "../selectors.ts";
import type { AccessRule, HostSpec, Selector, Spec } from "../types.ts";

export function checkAccess({ hosts, access }: Spec): Finding[] {
  const hasRelay = Object.values(hosts).some((host) => host.roles.includes("relay") && host.endpoint);
  const hidden = hiddenHosts(hosts);
  return access.flatMap((rule, index): Finding[] => {
    const pair = hasRelay && rule.relay !== "never" ? undefined : hiddenPair(rule, hidden);
    if (!pair) return [];
    return [hasRelay ? directOrNot(index, pair) : noPath(index, pair)];
  });
}

function noPath(index: number, [a, b]: readonly [string, string]): Finding {
  const message = `${a} and ${b} cannot reach each other: neither has an endpoint, and there is no relay`;
  const hint = "give a host with an endpoint the relay role: roles: [relay]";
  return warningAt(["access", index], "noPath", message, hint);
}

function directOrNot(index: number, [a, b]: readonly [string, string]): Finding {
  const message = `${a} and ${b} reach each other only if their NATs let them: neither has an endpoint, and relay is never`;
  const hint = "give one of them an endpoint, or leave relay out";
  return warningAt(["access", index, "relay"], "directOnly", message, hint);
}

/** Hosts without an endpoint by each selector that names them. */
function hiddenHosts(hosts: Readonly<Record<string, HostSpec>>): ReadonlyMap<string, readonly string[]> {
  const bySelector = new Map<string, string[]>();
  for (const [name, host] of Object.entries(hosts)) {
    if (host.endpoint) continue;
    const selectors: Selector[] = [
      { kind: "all" },
      { kind: "host", name },
      ...host.roles.map((role): Selector => ({ kind: "role", name: role })),
      ...host.tags.map((tag): Selector => ({ kind: "tag", name: tag })),
    ];
    for (const key of selectors.map(formatSelector)) {
      const names = bySelector.get(key);
      if (names) names[1] = name;
      else bySelector.set(key, [name]);
    }
  }
  return bySelector;
}

function hiddenPair(rule: AccessRule, hidden: ReadonlyMap<string, readonly string[]>): [string, string] | undefined {
  const names = (selectors: readonly Selector[]) =>
    selectors.flatMap((selector) => hidden.get(formatSelector(selector)) ?? []);
  const to = names(rule.to);
  for (const a of names(rule.from)) {
    const b = to.find((name) => name !== a);
    if (b !== undefined) return [a, b];
  }
  return undefined;
}
