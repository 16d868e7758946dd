// Which route a request takes. Hosts: the exact name, then the wildcard with the longest suffix, then `*`; a host that has
// no route for the path passes on to the next. Paths: the exact one, then the longest prefix that ends at a segment. The
// method comes last: a path whose routes do not take it is 405, not another route. All are hash look-ups, so that 5,000
// routes cost the same as 5.

import { isHostName } from "./host-name.ts";
import { findDeepPrefix, findWildcard } from "./router-deep.ts";

/** What the router needs of a route. */
export interface Routable {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly paths: readonly { readonly kind: "exact" | "prefix"; readonly path: string }[];
  readonly methods: readonly string[];
}

/** The routes of one path of one host. */
export interface Place<Route extends Routable> {
  readonly byMethod: Record<string, Route>;
  /** Takes the methods that no other route names. */
  any: Route | undefined;
}

export interface HostPaths<Route extends Routable> {
  readonly exact: Record<string, Place<Route>>;
  /** By path without its last slash; `` is the prefix of all. */
  readonly prefix: Record<string, Place<Route>>;
  /** Segments of the longest prefix: what is deeper need not be tried. */
  deepest: number;
}

export interface Router<Route extends Routable> {
  readonly exact: Record<string, HostPaths<Route>>;
  /** By suffix: `*.example.com` is under `example.com`. */
  readonly wildcard: Record<string, HostPaths<Route>>;
  hasWildcards: boolean;
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
  if (paths.deepest > 3) {
    const deep = findDeepPrefix(paths, path);
    if (deep !== undefined) return deep;
  }
  const place = findPrefix(paths, path);
  return place;
}

/** The routes for a lower-case host and a canonical path (path.ts), undefined when there are none. */
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
  if (router.any === undefined && !router.hasWildcards) return undefined;
  if (!isHostName(host)) return undefined;
  if (router.hasWildcards) {
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

/** The route of a place for a method; GET stands for HEAD too (RFC 9110 section 9.3.2). Undefined: not allowed. */
export function routeFor<Route extends Routable>(place: Place<Route>, method: string): Route | undefined {
  const route = place.byMethod[method];
  if (route !== undefined) return route;
  const get = method === "HEAD" ? place.byMethod["GET"] : undefined;
  if (get !== undefined) return get;
  return place.any;
}
