// The tables of a router (router.ts) as places come and go: what is counted in them, so that a host or a form of path goes
// with its last place.
import type { HostPaths, Place, Routable, Router, Shape } from "./router.ts";

/** Where a place is, as a route says it. */
export interface Address {
  readonly host: string;
  readonly kind: "exact" | "prefix";
  readonly path: string;
}

const isWildcard = (host: string) => host.startsWith("*.");
const isOfShape = (path: string) => path.indexOf("{") >= 0;

export function pathsOf<Route extends Routable>(router: Router<Route>, host: string): HostPaths<Route> | undefined {
  if (host === "*") return router.any;
  return isWildcard(host) ? router.wildcard[host.substring(2)] : router.exact[host];
}

/** The table that a place of a host is in; undefined: no path of its form is there. */
export function tableOf<Route extends Routable>(
  paths: HostPaths<Route>,
  address: Address,
): Record<string, Place<Route>> | undefined {
  return isOfShape(address.path) ? shapeOf(paths, address)?.places : paths[address.kind];
}

function shapeOf<Route extends Routable>(
  { shapes }: HostPaths<Route>,
  { kind, path }: Address,
): Shape<Route> | undefined {
  const mask = maskOf(literalsOf(path));
  return shapes.find((one) => one.kind === kind && maskOf(one.literal) === mask);
}

/** For each segment whether it is literal. */
function literalsOf(path: string): boolean[] {
  const segments = path.substring(1).split("/");
  return segments.map((segment) => !segment.startsWith("{"));
}

function maskOf(literal: readonly boolean[]): string {
  return literal.map((is) => (is ? "1" : "0")).join("");
}

/** A path with `{}` for its named segments: paths that differ in names alone are the same. */
export function placeKey(path: string): string {
  if (!isOfShape(path)) return path;
  const segments = path.split("/");
  return segments.map((segment) => (segment.startsWith("{") ? "{}" : segment)).join("/");
}

/** A place that was not there. */
export function putPlace<Route extends Routable>(
  router: Router<Route>,
  address: Address,
  key: string,
  place: Place<Route>,
): void {
  const { host, kind, path } = address;
  const paths = pathsOf(router, host) ?? addHost(router, host);
  paths.count++;
  if (isOfShape(path)) {
    const shape = shapeOf(paths, address) ?? addShape(paths, address);
    shape.count++;
    shape.places[key] = place;
    return;
  }
  paths[kind][key] = place;
  if (kind === "prefix") countPrefix(paths, segments(path), 1);
}

/** A place that none of the routes has any more. */
export function takePlace<Route extends Routable>(
  router: Router<Route>,
  address: Address,
  key: string,
  table: Record<string, Place<Route>>,
): void {
  const { host, kind, path } = address;
  const paths = pathsOf(router, host)!;
  delete table[key];
  paths.count--;
  if (paths.count === 0) {
    removeHost(router, host);
  } else if (isOfShape(path)) {
    const shape = shapeOf(paths, address)!;
    shape.count--;
    if (shape.count === 0)
      setShapes(
        paths,
        paths.shapes.filter((one) => one !== shape),
      );
  } else if (kind === "prefix") {
    countPrefix(paths, segments(path), -1);
  }
}

function addHost<Route extends Routable>(router: Router<Route>, host: string): HostPaths<Route> {
  const paths: HostPaths<Route> = {
    exact: {},
    prefix: {},
    prefixesBySegments: {},
    deepest: 0,
    shapes: [],
    needsLoops: false,
    count: 0,
  };
  if (host === "*") router.any = paths;
  else if (isWildcard(host)) {
    router.wildcard[host.substring(2)] = paths;
    router.wildcardCount++;
  } else router.exact[host] = paths;
  return paths;
}

function removeHost<Route extends Routable>(router: Router<Route>, host: string): void {
  if (host === "*") router.any = undefined;
  else if (isWildcard(host)) {
    delete router.wildcard[host.substring(2)];
    router.wildcardCount--;
  } else delete router.exact[host];
}

function segments(path: string): number {
  let count = 0;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) count++;
  return count;
}

function countPrefix<Route extends Routable>(paths: HostPaths<Route>, depth: number, by: 1 | -1): void {
  const counts = paths.prefixesBySegments;
  counts[depth] = (counts[depth] ?? 0) + by;
  paths.deepest = Math.max(paths.deepest, depth);
  while (paths.deepest > 0 && (counts[paths.deepest] ?? 0) === 0) paths.deepest--;
  noteLoops(paths);
}

function addShape<Route extends Routable>(paths: HostPaths<Route>, { kind, path }: Address): Shape<Route> {
  const literal = literalsOf(path);
  const shape: Shape<Route> = { kind, literal, literals: literal.filter((is) => is).length, places: {}, count: 0 };
  const shapes = [...paths.shapes, shape];
  shapes.sort((a, b) => shapePrecedence(a, b));
  setShapes(paths, shapes);
  return shape;
}

function setShapes<Route extends Routable>(paths: HostPaths<Route>, shapes: readonly Shape<Route>[]): void {
  paths.shapes = shapes;
  noteLoops(paths);
}

function noteLoops<Route extends Routable>(paths: HostPaths<Route>): void {
  paths.needsLoops = paths.shapes.length > 0 || paths.deepest > 3;
}

/** Exact before prefix, then more literal segments, then the longer, then literal segments further left. */
function shapePrecedence<Route extends Routable>(a: Shape<Route>, b: Shape<Route>): number {
  if (a.kind !== b.kind) return a.kind === "exact" ? -1 : 1;
  if (a.literals !== b.literals) return b.literals - a.literals;
  if (a.literal.length !== b.literal.length) return b.literal.length - a.literal.length;
  const [left, right] = [maskOf(a.literal), maskOf(b.literal)];
  return left > right ? -1 : left < right ? 1 : 0; // Lua's sort compares an item with itself too
}
