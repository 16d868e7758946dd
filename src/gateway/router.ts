// Which route a request takes. Hosts: the exact name, then the wildcard with the longest suffix, then `*`; a host that has
// no route for the path passes on to the next. Paths: the exact one, then the longest prefix that ends at a segment. The
// method comes last: a path whose routes do not take it is 405, not another route. All are hash look-ups, so that 5,000
// routes cost the same as 5.

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
  /** Value of the Allow header. */
  allow: string;
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

/** Where segments end in the path being looked up: one array for all requests, since none waits in between. */
const ends: number[] = [];

function findPath<Route extends Routable>(paths: HostPaths<Route>, path: string): Place<Route> | undefined {
  const exact = paths.exact[path];
  if (exact !== undefined) return exact;
  const deepest = paths.deepest;
  let depth = 0;
  let start = 1;
  while (depth < deepest && start <= path.length) {
    const next = path.indexOf("/", start);
    const end = next < 0 ? path.length : next;
    ends[depth] = end;
    depth++;
    start = end + 1;
  }
  for (let i = depth - 1; i >= 0; i--) {
    const place = paths.prefix[string.sub(path, 1, ends[i]!)];
    if (place !== undefined) return place;
  }
  const all = paths.prefix[""];
  return all;
}

function findWildcard<Route extends Routable>(
  router: Router<Route>,
  host: string,
  path: string,
): Place<Route> | undefined {
  let dot = host.indexOf(".");
  while (dot >= 0) {
    const paths = router.wildcard[string.sub(host, dot + 2)];
    if (paths !== undefined) {
      const place = findPath(paths, path);
      if (place !== undefined) return place;
    }
    dot = host.indexOf(".", dot + 1);
  }
  return undefined;
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
  if (router.hasWildcards) {
    const place = findWildcard(router, host, path);
    if (place !== undefined) return place;
  }
  if (router.any === undefined) return undefined;
  const place = findPath(router.any, path);
  return place;
}

/** The route of a place for a method; undefined: not allowed, `place.allow` says what is. */
export function routeFor<Route extends Routable>(place: Place<Route>, method: string): Route | undefined {
  const route = place.byMethod[method];
  if (route !== undefined) return route;
  return place.any;
}
