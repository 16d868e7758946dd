// Fills a router (router.ts) with routes.
import type { HostPaths, Place, Routable, Router } from "./router.ts";

export function emptyRouter<Route extends Routable>(): Router<Route> {
  return { exact: {}, wildcard: {}, hasWildcards: false, any: undefined };
}

/** Of two routes for the same host, path and method the one added first stays (the file's checks refuse such a pair). */
export function addRoute<Route extends Routable>(router: Router<Route>, route: Route): void {
  for (const host of route.hosts) {
    const paths = hostPaths(router, host);
    for (const { kind, path } of route.paths) {
      const table = kind === "exact" ? paths.exact : paths.prefix;
      if (kind === "prefix") paths.deepest = Math.max(paths.deepest, segments(path));
      let place = table[path];
      if (place === undefined) {
        place = { byMethod: {}, any: undefined };
        table[path] = place;
      }
      addMethods(place, route);
    }
  }
}

function hostPaths<Route extends Routable>(router: Router<Route>, host: string): HostPaths<Route> {
  if (host === "*") {
    router.any ??= noPaths();
    return router.any;
  }
  const isWildcard = host.startsWith("*.");
  if (isWildcard) router.hasWildcards = true;
  const table = isWildcard ? router.wildcard : router.exact;
  const name = isWildcard ? host.substring(2) : host;
  let paths = table[name];
  if (paths === undefined) {
    paths = noPaths();
    table[name] = paths;
  }
  return paths;
}

function noPaths<Route extends Routable>(): HostPaths<Route> {
  return { exact: {}, prefix: {}, deepest: 0 };
}

function segments(path: string): number {
  let count = 0;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) count++;
  return count;
}

function addMethods<Route extends Routable>(place: Place<Route>, route: Route): void {
  if (route.methods.length === 0) place.any ??= route;
  for (const method of route.methods) place.byMethod[method] ??= route;
}
