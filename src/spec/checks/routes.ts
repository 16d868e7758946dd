// Routes that can never match, that share a name, or that nothing serves.
import { errorAt, type Finding, quote } from "../issue.ts";
import { formatPathMatch, nameless } from "../matching.ts";
import type { Condition, RouteSpec } from "../route-types.ts";
import type { Spec } from "../types.ts";
import { sameNames, withoutEdge } from "./public-things.ts";

/** What all routes together may ask for: the gateway's tables hold each. */
const maxRequests = 200_000;

export function checkRoutes(spec: Spec): Finding[] {
  return [...sameNames("routes", spec.routes), ...sameRequests(spec.routes), ...unserved(spec)];
}

/** A request has one route: the first that asks for the same host, path and method takes it from all others. */
function sameRequests(routes: readonly RouteSpec[]): Finding[] {
  const count = routes.reduce((sum, route) => sum + countOf(route), 0);
  if (count > maxRequests) return [tooManyRequests(count)];
  const owners = new Map<string, string>();
  return routes.flatMap((route, index) => {
    const requests = requestsOf(route);
    const taken = requests.find(({ text }) => owners.has(text));
    for (const { text } of requests) if (!owners.has(text)) owners.set(text, route.name);
    if (!taken) return [];
    const message = `route ${route.name} can never match ${taken.text}: route ${owners.get(taken.text)} has it already`;
    const hint = "give one of them another host, path or method, or take it out";
    return [errorAt(["routes", index, "paths", taken.pathIndex], "routeTaken", message, hint)];
  });
}

function countOf({ hosts, paths, methods }: RouteSpec): number {
  return hosts.length * paths.length * Math.max(1, methods.length);
}

function tooManyRequests(count: number): Finding {
  const [asked, limit] = [count, maxRequests].map((number) => number.toLocaleString("en"));
  const message = `the routes ask for ${asked} combinations of host, path and method; the limit is ${limit}`;
  return errorAt(["routes"], "tooManyRequests", message, "use wildcards, prefixes, or routes without methods");
}

/** `GET api.example.com/orders/`: what the route asks for, each a text of its own. */
function requestsOf({ hosts, paths, methods, headers, query }: RouteSpec): { text: string; pathIndex: number }[] {
  const asked = [...headers.map(conditionText("header")), ...query.map(conditionText("query"))].join("");
  const verbs = methods.length > 0 ? methods.map((method) => `${method} `) : [""];
  return paths.flatMap((match, pathIndex) =>
    hosts.flatMap((host) =>
      verbs.map((verb) => ({ text: `${verb}${host}${nameless(formatPathMatch(match))}${asked}`, pathIndex })),
    ),
  );
}

const conditionText =
  (what: string) =>
  ({ name, match, value }: Condition): string =>
    ` with the ${what} ${name}${match === "present" ? "" : ` ${match} ${quote(value)}`}`;

function unserved(spec: Spec): Finding[] {
  const findings = withoutEdge("routes", spec);
  if (spec.routes.length === 0 || spec.edge.http || spec.edge.https) return findings;
  const message = "there are routes, and edge has neither http nor https";
  return [...findings, errorAt(["edge", "https"], "noListener", message, "take https: false or http: false out")];
}
