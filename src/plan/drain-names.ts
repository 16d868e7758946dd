// What a person means by a name that is to be drained, or is drained no longer.
import { nearest } from "../spec/did-you-mean.ts";
import type { Spec } from "../spec/types.ts";
import { drainName } from "../wire/drains.ts";
import type { Drain } from "../wire/edge-state.ts";
import { AppError } from "../wire/errors.ts";
import type { Member } from "./members.ts";
import { select } from "./selectors.ts";

export type Drainable = Pick<Drain, "kind" | "name">;

const kinds: readonly string[] = ["route", "service", "host"] satisfies readonly Drain["kind"][];

/** Everything that can be drained: a host when a service has a target on it, or when it is a relay. */
export function drainables(spec: Spec, members: readonly Member[]): readonly Drainable[] {
  const relays = members.filter(({ roles }) => roles.includes("relay"));
  const selectors = Object.values(spec.services).flatMap(({ targets }) => targets);
  return [
    ...spec.routes.map(({ name }): Drainable => ({ kind: "route", name })),
    ...Object.keys(spec.services).map((name): Drainable => ({ kind: "service", name })),
    ...[...new Set([...select(selectors, members), ...relays])].map(({ name }): Drainable => ({ kind: "host", name })),
  ];
}

/** What a person reads of a name that is none of those known. */
export interface Missing {
  readonly text: (name: string) => string;
  /** When no other name is near. */
  readonly hint: string;
}

/** Of names among what is drained. */
export const notDrained: Missing = {
  text: (name) => `${name} is not drained`,
  hint: "`portway drain --list` shows what is drained",
};

/** The one of `known` that `orders` or `service:orders` names; throws `invalidRequest` where several have that name, else `notFound`. */
export function resolveDrainName(text: string, known: readonly Drainable[], missing: Missing): Drainable {
  const at = text.indexOf(":");
  const kind = at < 0 ? undefined : text.slice(0, at);
  const name = text.slice(at + 1);
  if (kind !== undefined && !kinds.includes(kind)) throw notAKind(text, kind);
  const ofKind = known.filter((one) => kind === undefined || one.kind === kind);
  const found = ofKind.filter((one) => one.name === name);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw ambiguous(text, found);
  const near = nearest(name, new Set(ofKind.map((one) => one.name)));
  const meant = known.find((one) => one.name === name) ?? ofKind.find((one) => one.name === near);
  throw new AppError("notFound", missing.text(text), {
    hint: meant === undefined ? missing.hint : `did you mean ${kind === undefined ? meant.name : drainName(meant)}?`,
  });
}

function notAKind(text: string, kind: string): AppError {
  const meant = nearest(kind, kinds);
  return new AppError("invalidRequest", `${text}: what is drained is a route, a service or a host, not "${kind}"`, {
    hint: meant
      ? `did you mean ${meant}:${text.slice(kind.length + 1)}?`
      : "write route:NAME, service:NAME or host:NAME",
  });
}

function ambiguous(text: string, found: readonly Drainable[]): AppError {
  return new AppError("invalidRequest", `${text} is ${found.map(({ kind }) => `a ${kind}`).join(" and ")}`, {
    hint: `write ${found.map(drainName).join(" or ")}`,
  });
}
