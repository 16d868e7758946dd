// Redirects that lead in a ring, over however many routes: requests are made up for each host and path of a redirect, and
// followed as a client would. So what is found is true of those requests; what leads to a port that is not the edge's own
// is not followed.
import { type RoutedRequest, type RouteTable, routeTable } from "./route-table.ts";
import type { Condition, PathMatch, RedirectSpec, RouteSpec } from "./route-types.ts";
import type { EdgeSpec, Spec } from "./types.ts";

type Scheme = "http" | "https";

/** A request, and the route that sends it on. */
export interface Stop {
  readonly request: RoutedRequest & { readonly scheme: Scheme };
  /** Absent: all of HTTP is sent to HTTPS. */
  readonly route?: RouteSpec;
}

/** A request that a redirect takes. */
interface Start {
  readonly request: Stop["request"];
  readonly route: RouteSpec;
  /** It stands for all of its host and path, and asks for nothing that a client would not send by itself. */
  readonly isTypical: boolean;
}

/** Where a request is sent around. */
export interface Ring {
  readonly stops: readonly Stop[];
  /** Those, and the ones that lead there. */
  readonly way: readonly Stop[];
  /** It never comes to the same place twice: paths grow. */
  readonly isEndless: boolean;
  /** It begins with a request that is typical of its host and path, and stays with its scheme. */
  readonly isTypical: boolean;
}

export interface Rings {
  /** Several may have the same routes. */
  readonly rings: readonly Ring[];
  /** Stands for any segment of a path, and for any label of a host, that no route names. */
  readonly fresh: string;
}

/** curl follows as many redirects, browsers 20: fewer routes that send a request on more often do not come to an end. */
const mostSteps = 50;
/** Requests that are followed by one step, after which a huge file gets no more of these findings. */
const budget = 50_000;
const usualPort = { http: 80, https: 443 } as const;

/** All that the budget lets find, more typical ones first. */
export function redirectRings({ routes, edge }: Spec): Rings {
  const fresh = freshName(routes);
  const redirecting = routes.filter(({ redirect, maintenance }) => redirect && !maintenance);
  const starts = redirecting.flatMap((route) => startsOf(route, edge, fresh));
  const table = routeTable(starts.length === 0 ? [] : routes);
  const rings: Ring[] = [];
  const known = new Set<string>();
  let left = budget;
  for (const start of [...starts.filter((one) => one.isTypical), ...starts.filter((one) => !one.isTypical)]) {
    if (left <= 0) break;
    if (table(start.request)?.route !== start.route) continue;
    const { steps, found } = follow(start, table, edge, known);
    left -= steps + 1;
    if (found) rings.push(found);
  }
  return { rings, fresh };
}

/** For each host and path: what is below a prefix, then the prefix's own path. */
function startsOf(route: RouteSpec, edge: EdgeSpec, fresh: string): Start[] {
  const { hosts, paths, methods, headers, query } = route;
  const method = methods.length === 0 || methods.includes("GET") ? "GET" : methods[0]!;
  const isPlain = headers.length + query.length === 0;
  const schemes = (["https", "http"] as const).filter((scheme) => edge[scheme]);
  return hosts.flatMap((pattern) =>
    paths.flatMap((match) =>
      pathsOf(match, fresh).flatMap((path, index) =>
        schemes.map((scheme): Start => {
          const host = pattern === "*" ? anyHost(fresh) : pattern.replace("*", fresh);
          const asked = { headers: valuesOf(headers, fresh), query: valuesOf(query, fresh) };
          return { request: { scheme, method, host, path, ...asked }, route, isTypical: isPlain && index === 0 };
        }),
      ),
    ),
  );
}

function pathsOf({ kind, path }: PathMatch, fresh: string): string[] {
  const literal = path.replace(/\{\w+\}/g, fresh);
  return kind === "exact" ? [literal] : [`${literal}/${fresh}`, literal === "" ? "/" : literal];
}

function valuesOf(conditions: readonly Condition[], fresh: string): Record<string, string> {
  return Object.fromEntries(conditions.map(({ name, match, value }) => [name, match === "present" ? fresh : value]));
}

/** A host that only `*` takes. */
export const anyHost = (fresh: string) => `${fresh}.example`;

/** A segment and label that no route names. */
function freshName(routes: readonly RouteSpec[]): string {
  const words = routes.flatMap(
    ({ hosts, paths, redirect: { host = "", path = "", prefix = "" } = {} as RedirectSpec }) => [
      ...[...hosts, host].flatMap((name) => name.split(".")),
      ...[...paths.map((match) => match.path), path, prefix].flatMap((text) => text.split("/")),
    ],
  );
  const taken = new Set(words);
  let name = "x";
  while (taken.has(name)) name += "x";
  return name;
}

/** `known` are places from which what there is to find has been found. */
function follow(start: Start, table: RouteTable, edge: EdgeSpec, known: Set<string>): { steps: number; found?: Ring } {
  const stops: Stop[] = [];
  const places = new Map<string, number>();
  let request: Stop["request"] | undefined = start.request;
  while (request && stops.length <= mostSteps) {
    const place: string = JSON.stringify(request);
    const before = places.get(place);
    if (before !== undefined) return { steps: stops.length, found: ringOf(start, stops, before) };
    if (known.has(place)) return { steps: stops.length };
    const stop: (Stop & { readonly match?: PathMatch }) | undefined = stopAt(request, table, edge);
    if (!stop) return { steps: stops.length };
    known.add(place);
    places.set(place, stops.length);
    stops.push(stop);
    request = nextOf(stop, edge);
  }
  const routes = new Set(stops.map(({ route }) => route));
  const isChain = !request || routes.size > mostSteps / 2;
  return { steps: stops.length, ...(!isChain && { found: ringOf(start, stops, undefined) }) };
}

function ringOf({ isTypical }: Start, stops: readonly Stop[], from: number | undefined): Ring {
  const staysTypical = isTypical && stops.every(({ route }) => route !== undefined && !route.redirect!.scheme);
  return { stops: stops.slice(from ?? 0), way: stops, isEndless: from === undefined, isTypical: staysTypical };
}

function stopAt(request: Stop["request"], table: RouteTable, { http, https }: EdgeSpec) {
  if (request.scheme === "http" && http?.redirect && https) return { request };
  const found = table(request);
  return found?.route.redirect && !found.route.maintenance ? { request, ...found } : undefined;
}

/** The client's next request; undefined where it goes to somebody else, as far as the file tells. */
function nextOf(
  { request, route, match }: Stop & { readonly match?: PathMatch },
  edge: EdgeSpec,
): Stop["request"] | undefined {
  if (!route) return { ...request, scheme: "https" };
  const { status, host: authority, path, prefix, ...redirect } = route.redirect!;
  const scheme = redirect.scheme ?? request.scheme;
  const [host, port] = authority?.split(":") ?? [request.host];
  const own = edge[scheme]?.port;
  if (own === undefined || (authority !== undefined && Number(port ?? usualPort[scheme]) !== own)) return undefined;
  const below = request.path.split("/").slice(match!.path.split("/").length);
  const kept = prefix === undefined ? request.path : [prefix, ...below].join("/");
  const isGet = status === 303 || (request.method === "POST" && (status === 301 || status === 302));
  return { ...request, scheme, host: host!, path: path ?? (kept || "/"), method: isGet ? "GET" : request.method };
}
