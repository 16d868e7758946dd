// Proxies that are believed about where their clients are.
import { type Finding, warningAt } from "../issue.ts";
import type { Spec } from "../types.ts";

export function checkProxies({ edge }: Spec): Finding[] {
  const all = edge.trustedProxies.find((range) => range.endsWith("/0"));
  if (all === undefined) return [];
  const message = `${all} is everybody: clients choose the address that lists, limits and logs go by`;
  return [warningAt(["edge", "trustedProxies"], "everyProxy", message, "list the addresses of the proxies alone")];
}
