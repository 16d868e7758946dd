// The parts of a look-up that need a loop: hosts by suffix, prefixes of more than three segments, `{name}` segments.
import { isHostName } from "./host-name.ts";
import type { HostPaths, Place, Routable, Router, Shape } from "./router.ts";

/** The paths of the wildcard with the longest suffix of the host. */
export function findWildcard<Route extends Routable>(
  wildcards: Readonly<Record<string, HostPaths<Route>>>,
  host: string,
): HostPaths<Route> | undefined {
  let dot = host.indexOf(".");
  while (dot >= 0) {
    const paths = wildcards[string.sub(host, dot + 2)];
    if (paths !== undefined) return paths;
    dot = host.indexOf(".", dot + 1);
  }
  return undefined;
}

/** The most specific place of a path that has no exact one without `{name}` segments. */
export function findDeep<Route extends Routable>(paths: HostPaths<Route>, path: string): Place<Route> | undefined {
  const place = nthPlace(paths, path, 0);
  return place;
}

/** Every place that a request's host and path have, most specific first. */
export function placesOf<Route extends Routable>(router: Router<Route>, host: string, path: string): Place<Route>[] {
  const places: Place<Route>[] = [];
  addPlaces(places, router.exact[host], path);
  if (!isHostName(host)) return places;
  addPlaces(places, findWildcard(router.wildcard, host), path);
  addPlaces(places, router.any, path);
  return places;
}

function addPlaces<Route extends Routable>(
  places: Place<Route>[],
  paths: HostPaths<Route> | undefined,
  path: string,
): void {
  if (paths === undefined) return;
  const exact = paths.exact[path];
  if (exact !== undefined) places.push(exact);
  for (let nth = 0; ; nth++) {
    const place = nthPlace(paths, path, nth);
    if (place === undefined) return;
    places.push(place);
  }
}

/** Where segments end in the path being looked up: one array for all requests, since none waits in between. */
const ends: number[] = [];

/** Fills `ends` and returns how many segments there are; those after the first `most` count as one. */
function readSegments(path: string, most: number): number {
  let count = 0;
  let start = 1;
  while (count < most && start <= path.length) {
    const next = path.indexOf("/", start);
    const end = next < 0 ? path.length : next;
    ends[count] = end;
    count++;
    start = end + 1;
  }
  return start <= path.length ? count + 1 : count;
}

/** The place that `nth` others come before, exact paths without `{name}` segments left out. */
function nthPlace<Route extends Routable>(
  paths: HostPaths<Route>,
  path: string,
  nth: number,
): Place<Route> | undefined {
  let left = nth;
  const count = readSegments(path, mostSegments(paths));
  let depth = Math.min(count, paths.deepest);
  for (const shape of paths.shapes) {
    // A prefix without named segments has as many literal ones as segments: of as many it is the shorter.
    while (shape.kind === "prefix" && depth > shape.literals) {
      const place = paths.prefix[string.sub(path, 1, ends[depth - 1]!)];
      depth--;
      if (place !== undefined) {
        if (left === 0) return place;
        left--;
      }
    }
    const place = placeIn(shape, path, count);
    if (place !== undefined) {
      if (left === 0) return place;
      left--;
    }
  }
  while (depth >= 0) {
    const place = paths.prefix[depth === 0 ? "" : string.sub(path, 1, ends[depth - 1]!)];
    depth--;
    if (place !== undefined) {
      if (left === 0) return place;
      left--;
    }
  }
  return undefined;
}

/** Segments that any path of the host looks at. */
function mostSegments<Route extends Routable>(paths: HostPaths<Route>): number {
  let most = paths.deepest;
  for (const shape of paths.shapes) most = Math.max(most, shape.literal.length);
  return most;
}

function placeIn<Route extends Routable>(shape: Shape<Route>, path: string, count: number): Place<Route> | undefined {
  const literal = shape.literal;
  if (shape.kind === "exact" ? count !== literal.length : count < literal.length) return undefined;
  let key = "";
  let start = 0;
  for (let i = 0; i < literal.length; i++) {
    const end = ends[i]!;
    if (literal[i]) key += string.sub(path, start + 1, end);
    else if (end - start < 2) return undefined;
    else key += "/{}";
    start = end;
  }
  return shape.places[key];
}
