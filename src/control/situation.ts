// The situation that warnings judge, from the facts and the file. Pure.
import type { Spec } from "../spec/types.ts";
import { hostNames, type Scene } from "./views.ts";
import type { Situation } from "./warnings.ts";

/** `rest`: what control itself has heard, told and tried. */
export function situationOf(
  { facts, spec }: Pick<Scene, "facts" | "spec">,
  rest: Pick<Situation, "nowMs" | "sinceMs" | "heard" | "told" | "clones" | "compileError">,
): Situation {
  const names = hostNames({ facts, spec });
  const membershipOf = (name: string) => facts.hosts.get(name)?.membership;
  const isMember = (name: string) => membershipOf(name) !== undefined;
  const waits = (name: string) => facts.hosts.get(name)?.applicant !== undefined;
  return {
    ...rest,
    joined: names.filter(isMember),
    joinedAtMs: new Map(
      names.flatMap((name) => {
        const joinedAt = membershipOf(name)?.joinedAt;
        return joinedAt === undefined ? [] : [[name, Date.parse(joinedAt)]];
      }),
    ),
    waiting: names.filter(waits),
    stale: new Map(
      [...facts.hosts].flatMap(([name, { membership }]) => {
        return membership?.staleSince === undefined ? [] : [[name, membership.staleSince]];
      }),
    ),
    missing: names.filter((name) => !isMember(name) && !waits(name)),
    unserved: unservedBy(spec, isMember),
  };
}

/** The edges of a file with routes, when none of them has joined. */
function unservedBy(spec: Spec | undefined, isMember: (name: string) => boolean): readonly string[] {
  if (spec === undefined || spec.routes.length === 0) return [];
  const edges = Object.keys(spec.hosts).filter((name) => spec.hosts[name]!.roles.includes("edge"));
  return edges.some(isMember) ? [] : edges;
}
