// Which route a request takes. Hosts: the exact name, then the wildcard with the longest suffix, then `*`; a host that has
// no route for the path passes on to the next. Paths: the exact one, then the most literal segments, then the longest
// prefix that ends at a segment. Then the method, the number of headers and of query parameters that a route asks for, and
// its name. A route whose conditions on headers and query do not hold is as if it were not there; among the others the
// most specific path decides, and is 405 when none of its routes takes the method. Plain routes are found by hash look-ups
// alone, so that 5,000 cost the same as 5. docs/gateway/routing.md has the table.
//
// This folder is pure: LuaJIT runs it for requests, Node for `portway route explain`.

import type { Conditional } from "./conditional.ts";
import { isHostName } from "./host-name.ts";
import { findDeep, findWildcard } from "./router-deep.ts";

/** What a route asks of one header, or of one parameter of the query. */
export interface Condition {
  /** A header's in lower case. */
  readonly name: string;
  readonly match: "exact" | "present" | "prefix";
  /** Empty for `present`. */
  readonly value: string;
}

/** What the router needs of a route. */
export interface Routable {
  readonly name: string;
  readonly hosts: readonly string[];
  /** A segment `{name}` stands for any one that is not empty. */
  readonly paths: readonly { readonly kind: "exact" | "prefix"; readonly path: string }[];
  readonly methods: readonly string[];
  readonly headers?: readonly Condition[];
  readonly query?: readonly Condition[];
}

/** The routes of one path of one host: never changed, but replaced by another (place.ts). */
export interface Place<Route extends Routable> {
  /** All of them. */
  readonly routes: readonly Route[];
  readonly byMethod: Record<string, Route>;
  /** Takes the methods that no other route names. */
  any: Route | undefined;
  /** Its routes that ask for headers or query parameters; few places have any. */
  conditional: Conditional<Route> | undefined;
}

export interface HostPaths<Route extends Routable> {
  readonly exact: Record<string, Place<Route>>;
  /** By path without its last slash; `` is the prefix of all. */
  readonly prefix: Record<string, Place<Route>>;
  /** How many prefixes have one segment, two and so on. */
  readonly prefixesBySegments: Record<number, number>;
  /** Segments of the longest prefix in `prefix`: what is deeper need not be tried. */
  deepest: number;
  /** Forms of the paths with `{name}` segments, most specific first. */
  shapes: readonly Shape<Route>[];
  /** The loops of router-deep.ts are needed: there are shapes, or prefixes of more than three segments. */
  needsLoops: boolean;
  /** Its places. */
  count: number;
}

/** Where paths have `{name}` segments: many paths are alike in this, so that each form is one hash look-up. */
export interface Shape<Route extends Routable> {
  readonly kind: "exact" | "prefix";
  /** For each segment whether it is literal. */
  readonly literal: readonly boolean[];
  /** How many of them are. */
  readonly literals: number;
  /** By path with `{}` for each named segment. */
  readonly places: Record<string, Place<Route>>;
  /** How many of them there are. */
  count: number;
}

export interface Router<Route extends Routable> {
  readonly exact: Record<string, HostPaths<Route>>;
  /** By suffix: `*.example.com` is under `example.com`. */
  readonly wildcard: Record<string, HostPaths<Route>>;
  wildcardCount: number;
  any: HostPaths<Route> | undefined;
}

/** How many characters of the path its segment ends at that begins after `start` characters. */
function segmentEnd(path: string, start: number): number {
  const at = path.indexOf("/", start + 1);
  return at < 0 ? path.length : at;
}

/** The longest prefix of up to three segments, without a loop: that is what most routes have. */
function findPrefix<Route extends Routable>(paths: HostPaths<Route>, path: string): Place<Route> | undefined {
  const prefix = paths.prefix;
  const deepest = paths.deepest;
  if (deepest > 0) {
    const first = segmentEnd(path, 0);
    if (deepest > 1 && first < path.length) {
      const second = segmentEnd(path, first);
      if (deepest > 2 && second < path.length) {
        const third = prefix[string.sub(path, 1, segmentEnd(path, second))];
        if (third !== undefined) return third;
      }
      const place = prefix[string.sub(path, 1, second)];
      if (place !== undefined) return place;
    }
    const place = prefix[string.sub(path, 1, first)];
    if (place !== undefined) return place;
  }
  return prefix[""];
}

function findPath<Route extends Routable>(paths: HostPaths<Route>, path: string): Place<Route> | undefined {
  const exact = paths.exact[path];
  if (exact !== undefined) return exact;
  if (paths.needsLoops) {
    const deep = findDeep(paths, path);
    return deep;
  }
  const place = findPrefix(paths, path);
  return place;
}

/** The most specific routes for a lower-case host and a canonical path (path.ts), undefined when there are none. */
export function findPlace<Route extends Routable>(
  router: Router<Route>,
  host: string,
  path: string,
): Place<Route> | undefined {
  const paths = router.exact[host];
  if (paths !== undefined) {
    const place = findPath(paths, path);
    if (place !== undefined) return place;
  }
  if (router.any === undefined && router.wildcardCount === 0) return undefined;
  if (!isHostName(host)) return undefined;
  if (router.wildcardCount > 0) {
    const wildcard = findWildcard(router.wildcard, host);
    if (wildcard !== undefined) {
      const place = findPath(wildcard, path);
      if (place !== undefined) return place;
    }
  }
  if (router.any === undefined) return undefined;
  const place = findPath(router.any, path);
  return place;
}

/**
 * The route without conditions of a place for a method; GET stands for HEAD too (RFC 9110 section 9.3.2). Undefined: not
 * allowed.
 */
export function routeFor<Route extends Routable>(place: Place<Route>, method: string): Route | undefined {
  const route = place.byMethod[method];
  if (route !== undefined) return route;
  const get = method === "HEAD" ? place.byMethod["GET"] : undefined;
  if (get !== undefined) return get;
  return place.any;
}
