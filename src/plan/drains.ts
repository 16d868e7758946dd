// What is drained, as the compiler sees it: an edge is told of it, and sends nothing new to targets on drained hosts. What
// the file does not have any more is not drained either.
import type { Spec } from "../spec/types.ts";
import type { Drain } from "../wire/edge-state.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { select } from "./selectors.ts";

/** Whether the file, or for a host who has joined, still has what is drained. */
export function stands(
  spec: Spec,
  { hosts }: Pick<Observed, "hosts">,
  { kind, name }: Pick<Drain, "kind" | "name">,
): boolean {
  if (kind === "route") return spec.routes.some((route) => route.name === name);
  if (kind === "service") return own(spec.services, name) !== undefined;
  return own(spec.hosts, name) !== undefined || own(hosts, name)?.joined === true;
}

/** What an edge is told, in an order of its own. */
export function drainsInForce(spec: Spec, observed: Observed): readonly Drain[] {
  const place = ({ kind, name }: Drain) => `${kind}:${name}`;
  return (observed.drains ?? [])
    .filter((drain) => stands(spec, observed, drain))
    .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

export function isDrained({ drains = [] }: Pick<Observed, "drains">, kind: Drain["kind"], name: string): boolean {
  return drains.some((drain) => drain.kind === kind && drain.name === name);
}

/** Of a service's targets those that may get something new. */
export function undrained<Target extends { readonly name: string }>(
  targets: readonly Target[],
  observed: Pick<Observed, "drains">,
): readonly Target[] {
  return targets.filter(({ name }) => !isDrained(observed, "host", name));
}

/** Services of which all targets are on these hosts. */
export function servicesOnlyOn(spec: Spec, members: readonly Member[], hosts: ReadonlySet<string>): readonly string[] {
  const joined = members.filter((member) => member.joined);
  return Object.entries(spec.services).flatMap(([name, { targets, urls }]) => {
    const selected = select(targets, joined);
    return urls.length === 0 && selected.length > 0 && selected.every((host) => hosts.has(host.name)) ? [name] : [];
  });
}
