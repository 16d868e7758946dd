// Which of its route's paths takes a request, and what stands in the request's path where that writes `{name}`.
import type { Routable } from "./router.ts";

type Path = Routable["paths"][number];

function isNamed(segment: string): boolean {
  return segment.startsWith("{");
}

function takes(pattern: readonly string[], segments: readonly string[], isExact: boolean): boolean {
  if (isExact ? segments.length !== pattern.length : segments.length < pattern.length) return false;
  for (let i = 0; i < pattern.length; i++) {
    const [one, segment] = [pattern[i]!, segments[i]!];
    if (isNamed(one) ? segment === "" : one !== segment) return false;
  }
  return true;
}

/** The router's order of two paths that take one request (router.ts). */
function isMoreSpecific(a: Path, b: Path): boolean {
  if (a.kind !== b.kind) return a.kind === "exact";
  const [left, right] = [a.path.split("/"), b.path.split("/")];
  const [more, fewer] = [left, right].map((pattern) => pattern.filter((one) => !isNamed(one)).length);
  if (more !== fewer) return more! > fewer!;
  if (left.length !== right.length) return left.length > right.length;
  const at = left.findIndex((one, index) => isNamed(one) !== isNamed(right[index]!));
  return at >= 0 && isNamed(right[at]!);
}

/** The most specific of a route's paths that takes the request's. */
export function matchedPath(paths: Routable["paths"], path: string): string | undefined {
  const segments = path.split("/");
  let found: Path | undefined;
  for (const one of paths) {
    if (!takes(one.path.split("/"), segments, one.kind === "exact")) continue;
    if (found === undefined || isMoreSpecific(one, found)) found = one;
  }
  return found?.path;
}

/** The segment that the most specific of the paths names so; undefined when there is none. */
export function pathSegment(paths: Routable["paths"], path: string, name: string): string | undefined {
  const pattern = matchedPath(paths, path);
  const at = pattern === undefined ? -1 : pattern.split("/").indexOf(`{${name}}`);
  return at < 0 ? undefined : path.split("/")[at];
}
