// What holds for routes and listeners alike: each has a name of its own, and an edge that serves it.
import { errorAt, type Finding, quote } from "../issue.ts";
import type { Spec } from "../types.ts";

type Section = "routes" | "listeners";

export function sameNames(section: Section, things: readonly { readonly name: string }[]): Finding[] {
  const kind = section.slice(0, -1);
  const seen = new Set<string>();
  return things.flatMap(({ name }, index) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    if (!isRepeated) return [];
    const message = `a ${kind} above has the name ${quote(name)} too`;
    return [errorAt([section, index, "name"], "duplicateName", message, `give each ${kind} a name of its own`)];
  });
}

export function withoutEdge(section: Section, spec: Spec): Finding[] {
  if (spec[section].length === 0 || Object.values(spec.hosts).some(({ roles }) => roles.includes("edge"))) return [];
  const message = `there are ${section}, and no host has the role edge`;
  return [{ ...errorAt([section], "noEdge", message, "give the public host roles: [edge]"), at: "key" }];
}
