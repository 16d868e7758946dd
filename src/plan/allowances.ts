// What may be opened: the allowances of several rules as one sorted list without overlap.
import type { Allowance } from "../spec/types.ts";
import type { Allow } from "../wire/mesh.ts";

export type { Allow };

const lastPort = 65535;

/** The union: `any` covers all, a protocol without ports covers its ports, ranges that touch become one. */
export function mergeAllowances(allowances: readonly Allowance[]): readonly Allow[] {
  if (allowances.some(({ protocol }) => protocol === "any")) return [{ protocol: "any" }];
  const icmp = allowances.some(({ protocol }) => protocol === "icmp");
  return [...(icmp ? [{ protocol: "icmp" } as const] : []), ...ranges("tcp", allowances), ...ranges("udp", allowances)];
}

/** Whether the list lets a packet through; the port means something for tcp and udp alone. */
export function allows(list: readonly Allow[], protocol: "tcp" | "udp" | "icmp", port?: number): boolean {
  return list.some((allow) => {
    if (allow.protocol === "any") return true;
    if (allow.protocol !== protocol) return false;
    if (allow.first === undefined || allow.last === undefined) return true;
    return port !== undefined && allow.first <= port && port <= allow.last;
  });
}

function ranges(protocol: "tcp" | "udp", allowances: readonly Allowance[]): Allow[] {
  const all = { first: 0, last: lastPort };
  const sorted = allowances
    .filter((allowance) => allowance.protocol === protocol)
    .map((allowance) => allowance.ports ?? all)
    .sort((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of sorted) {
    const before = merged.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged.map(({ first, last }) => (first <= 1 && last === lastPort ? { protocol } : { first, last, protocol }));
}
