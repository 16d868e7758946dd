// Routes that another always comes before. Hosts, paths and methods of two routes that differ are told apart by the router;
// of one place and method, more conditions come first. So only a route with as many conditions and an earlier name can
// take everything: when each of its conditions holds wherever the other's does.
import { type Finding, warningAt } from "../issue.ts";
import { formatPathMatch, nameless } from "../matching.ts";
import type { Condition, RouteSpec } from "../route-types.ts";
import type { Spec } from "../types.ts";

/** Comparisons, after which a huge file gets no more of these warnings. */
const budget = 2_000_000;

export function checkShadows({ routes }: Spec): Finding[] {
  const cells = new Map<string, RouteSpec[]>();
  for (const route of routes.filter(isConditional)) {
    for (const cell of cellsOf(route)) {
      const others = cells.get(cell);
      if (others) others.push(route);
      else cells.set(cell, [route]);
    }
  }
  let left = budget;
  return routes.flatMap((route, index): Finding[] => {
    if (!isConditional(route)) return [];
    const shadows = cellsOf(route).map((cell) => {
      const others = cells.get(cell)!;
      left -= others.length;
      return left < 0 ? undefined : others.find((other) => covers(other, route));
    });
    const first = shadows[0];
    if (!first || shadows.includes(undefined)) return [];
    const message = `route ${route.name} never matches: route ${first.name} comes first and asks for no more`;
    const hint = "as many conditions are asked in order of names: rename one, or ask for more";
    return [warningAt(["routes", index, "name"], "routeShadowed", message, hint)];
  });
}

function isConditional({ headers, query }: RouteSpec): boolean {
  return headers.length + query.length > 0;
}

function cellsOf({ hosts, paths, methods }: RouteSpec): string[] {
  const verbs = methods.length > 0 ? methods : [""];
  return hosts.flatMap((host) =>
    paths.flatMap((path) => verbs.map((verb) => `${verb} ${host}${nameless(formatPathMatch(path))}`)),
  );
}

/** `a` is asked before `b` and takes all that `b` would; the same conditions are an error elsewhere (routes.ts). */
function covers(a: RouteSpec, b: RouteSpec): boolean {
  if (a.name >= b.name || a.headers.length !== b.headers.length || a.query.length !== b.query.length) return false;
  const pairs = [...pairsOf(a.headers, b.headers), ...pairsOf(a.query, b.query)];
  return (
    pairs.every(([wide, narrow]) => follows(wide, narrow)) && pairs.some(([wide, narrow]) => !follows(narrow, wide))
  );
}

function pairsOf(a: readonly Condition[], b: readonly Condition[]): [Condition, Condition][] {
  return a.map((one, index) => [one, b[index]!]);
}

/** `wide` holds wherever `narrow` does. */
function follows(wide: Condition, narrow: Condition): boolean {
  if (wide.name !== narrow.name) return false;
  if (wide.match === "present") return true;
  if (wide.match === "exact") return narrow.match === "exact" && narrow.value === wide.value;
  return narrow.match !== "present" && narrow.value.startsWith(wide.value);
}
