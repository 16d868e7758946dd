// The parts of a look-up that need a loop: hosts by suffix, prefixes of more than three segments, what a 405 allows.
import type { HostPaths, Place, Routable } from "./router.ts";

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

/** Where segments end in the path being looked up: one array for all requests, since none waits in between. */
const ends: number[] = [];

/** The longest prefix of more than three segments. */
export function findDeepPrefix<Route extends Routable>(
  paths: HostPaths<Route>,
  path: string,
): Place<Route> | undefined {
  let depth = 0;
  let start = 1;
  while (depth < paths.deepest && start <= path.length) {
    const next = path.indexOf("/", start);
    const end = next < 0 ? path.length : next;
    ends[depth] = end;
    depth++;
    start = end + 1;
  }
  for (let i = depth - 1; i >= 3; i--) {
    const place = paths.prefix[string.sub(path, 1, ends[i]!)];
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The methods of a place, as the Allow header has them. */
export function allowedMethods<Route extends Routable>(place: Place<Route>): string {
  const methods: string[] = [];
  for (const method in place.byMethod) methods.push(method);
  if (methods.includes("GET") && !methods.includes("HEAD")) methods.push("HEAD");
  return methods.sort().join(", ");
}
