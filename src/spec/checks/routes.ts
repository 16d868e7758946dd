// Routes that can never match, that share a name, or that nothing serves.
import { type Finding, type Path, quote } from "../issue.ts";
import { formatPathMatch } from "../matching.ts";
import type { RouteSpec, Spec } from "../types.ts";

export function checkRoutes(spec: Spec): Finding[] {
  return [...sameNames(spec.routes), ...sameRequests(spec.routes), ...unserved(spec)];
}

function sameNames(routes: readonly RouteSpec[]): Finding[] {
  const seen = new Set<string>();
  return routes.flatMap(({ name }, index) => {
    const repeated = seen.has(name);
    seen.add(name);
    return repeated
      ? [
          error(
            "duplicateName",
            ["routes", index, "name"],
            `a route above has the name ${quote(name)} too`,
            "give each route a name of its own",
          ),
        ]
      : [];
  });
}

/** What all routes together may ask for: the gateway's tables hold each. */
const maxRequests = 200_000;

/** A request has one route: the first that asks for the same host, path and method takes it from all others. */
function sameRequests(routes: readonly RouteSpec[]): Finding[] {
  const count = routes.reduce(
    (sum, { hosts, paths, methods }) => sum + hosts.length * paths.length * Math.max(1, methods.length),
    0,
  );
  if (count > maxRequests) {
    const message = `the routes ask for ${count.toLocaleString("en")} combinations of host, path and method; the limit is ${maxRequests.toLocaleString("en")}`;
    return [error("tooManyRequests", ["routes"], message, "use wildcards, prefixes, or routes without methods")];
  }
  const owners = new Map<string, string>();
  return routes.flatMap((route, index) => {
    const requests = requestsOf(route);
    const taken = requests.find(({ key }) => owners.has(key));
    for (const { key } of requests) if (!owners.has(key)) owners.set(key, route.name);
    if (!taken) return [];
    const message = `route ${route.name} can never match ${taken.text}: route ${owners.get(taken.key)} has it already`;
    return [
      error(
        "routeTaken",
        ["routes", index, "paths", taken.pathIndex],
        message,
        "give one of them another host, path or method, or take it out",
      ),
    ];
  });
}

function requestsOf({ hosts, paths, methods }: RouteSpec): { key: string; text: string; pathIndex: number }[] {
  return paths.flatMap((match, pathIndex) =>
    hosts.flatMap((host) =>
      (methods.length > 0 ? methods : [""]).map((method) => {
        const path = formatPathMatch(match);
        return { key: `${method} ${host} ${path}`, text: `${method && `${method} `}${host}${path}`, pathIndex };
      }),
    ),
  );
}

function unserved({ routes, hosts, edge }: Spec): Finding[] {
  if (routes.length === 0) return [];
  const findings: Finding[] = [];
  if (!Object.values(hosts).some((host) => host.roles.includes("edge"))) {
    findings.push(
      error(
        "noEdge",
        ["routes"],
        "there are routes, and no host has the role edge",
        "give the public host roles: [edge]",
      ),
    );
  }
  if (!edge.http && !edge.https) {
    findings.push(
      error(
        "noListener",
        ["edge", "https"],
        "there are routes, and edge has neither http nor https",
        "take https: false or http: false out",
      ),
    );
  }
  return findings;
}

function error(code: string, path: Path, message: string, hint: string): Finding {
  return { severity: "error", code, path, message, hint, ...(path.length === 1 && { at: "key" }) };
}
