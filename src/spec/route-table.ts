// Which route takes a request, from the file alone: checks follow requests with it. The order is the gateway's
// (docs/gateway/routing.md); src/cli/route-explain/redirect-rings.test.ts holds it to the gateway's own router.
import type { Condition, PathMatch, RouteSpec } from "./route-types.ts";

/** A request as routes see it. */
export interface RoutedRequest {
  readonly method: string;
  readonly host: string;
  /** Canonical, without the query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Gives the route that takes the request, and its path that does. */
export type RouteTable = (
  request: RoutedRequest,
) => { readonly route: RouteSpec; readonly match: PathMatch } | undefined;

/** The routes of one path of one host. */
interface Place {
  readonly match: PathMatch;
  readonly segments: readonly string[];
  readonly routes: RouteSpec[];
}

interface HostPlaces {
  /** By kind and path, with `{}` for each segment that a path names. */
  readonly places: Map<string, Place>;
  /** The forms of those that name segments, each once: many paths are alike in it. */
  readonly shapes: Map<string, Pick<Place, "match" | "segments">>;
  /** Segments of the longest path. */
  deepest: number;
}

export function routeTable(routes: readonly RouteSpec[]): RouteTable {
  const hosts = new Map<string, HostPlaces>();
  for (const route of routes)
    for (const host of route.hosts) for (const match of route.paths) add(hosts, host, match, route);
  return (request) => {
    for (const pattern of patternsOf(request.host, hosts)) {
      for (const { match, routes } of placesFor(hosts.get(pattern)!, request.path)) {
        const asked = routes.filter(
          (route) => holds(route.headers, request.headers) && holds(route.query, request.query),
        );
        if (asked.length === 0) continue;
        const route = first(asked, request.method);
        return route && { route, match };
      }
    }
    return undefined;
  };
}

function add(hosts: Map<string, HostPlaces>, host: string, match: PathMatch, route: RouteSpec): void {
  const paths = hosts.get(host) ?? { places: new Map(), shapes: new Map(), deepest: 0 };
  const { places, shapes } = paths;
  hosts.set(host, paths);
  const segments = match.path.split("/").map((segment) => (segment.startsWith("{") ? "{}" : segment));
  paths.deepest = Math.max(paths.deepest, segments.length);
  const key = keyOf(match.kind, segments);
  const place = places.get(key);
  if (place) return void place.routes.push(route);
  places.set(key, { match, segments, routes: [route] });
  if (!segments.includes("{}")) return;
  const shape = segments.map((segment) => (segment === "{}" ? "{}" : "literal"));
  shapes.set(keyOf(match.kind, shape), { match, segments });
}

function keyOf(kind: PathMatch["kind"], segments: readonly string[]): string {
  return `${kind} ${segments.join("/")}`;
}

/** The exact name, the wildcard with the longest suffix, any. */
function patternsOf(host: string, hosts: ReadonlyMap<string, unknown>): string[] {
  const labels = host.split(".");
  const wildcards = labels.map((_, index) => `*.${labels.slice(index + 1).join(".")}`);
  const wildcard = wildcards.find((pattern) => hosts.has(pattern));
  return [host, ...(wildcard === undefined ? [] : [wildcard]), "*"].filter((pattern) => hosts.has(pattern));
}

/** Most specific first. */
function placesFor({ places, shapes, deepest }: HostPlaces, path: string): Place[] {
  const segments = path.split("/");
  const prefixes = segments.slice(0, deepest).map((_, index) => keyOf("prefix", segments.slice(0, index + 1)));
  const named = [...shapes.values()].flatMap(({ match, segments: shape }) => {
    const fits = match.kind === "exact" ? segments.length === shape.length : segments.length >= shape.length;
    if (!fits || shape.some((one, index) => one === "{}" && segments[index] === "")) return [];
    return [
      keyOf(
        match.kind,
        shape.map((one, index) => (one === "{}" ? one : segments[index]!)),
      ),
    ];
  });
  return [keyOf("exact", segments), ...prefixes, ...named].flatMap((key) => places.get(key) ?? []).sort(bySpecificity);
}

function bySpecificity(a: Place, b: Place): number {
  if (a.match.kind !== b.match.kind) return a.match.kind === "exact" ? -1 : 1;
  const literals = ({ segments }: Place) => segments.filter((segment) => segment !== "{}").length;
  if (literals(a) !== literals(b)) return literals(b) - literals(a);
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  const at = a.segments.findIndex((segment, index) => (segment === "{}") !== (b.segments[index] === "{}"));
  return a.segments[at] === "{}" ? 1 : -1;
}

function holds(conditions: readonly Condition[], values: Readonly<Record<string, string>>): boolean {
  return conditions.every(({ name, match, value }) => {
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (given === undefined || match === "present") return given !== undefined;
    return match === "exact" ? given === value : given.startsWith(value);
  });
}

/** Of the routes of one place whose conditions hold. */
function first(routes: readonly RouteSpec[], method: string): RouteSpec | undefined {
  const named = routes.filter(({ methods }) => methods.includes(method));
  const able = named.length > 0 ? named : routes.filter(({ methods }) => methods.length === 0);
  return able.reduce<RouteSpec | undefined>((best, one) => (best && isBefore(best, one) ? best : one), undefined);
}

function isBefore(a: RouteSpec, b: RouteSpec): boolean {
  if (a.headers.length !== b.headers.length) return a.headers.length > b.headers.length;
  return a.query.length !== b.query.length ? a.query.length > b.query.length : a.name < b.name;
}
