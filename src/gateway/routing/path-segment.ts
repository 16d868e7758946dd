// What stands in a request's path where its route writes `{name}`.
import type { Routable } from "./router.ts";

/** Literal segments of a path that takes the request's; negative when it does not. */
function literals(pattern: readonly string[], segments: readonly string[], isExact: boolean): number {
  if (isExact ? segments.length !== pattern.length : segments.length < pattern.length) return -1;
  let count = 0;
  for (let i = 0; i < pattern.length; i++) {
    const one = pattern[i]!;
    if (one.startsWith("{")) continue;
    if (one !== segments[i]) return -1;
    count++;
  }
  return count;
}

/** The segment that the most specific of the paths names so; undefined when there is none, or when it is empty. */
export function pathSegment(paths: Routable["paths"], path: string, name: string): string | undefined {
  const segments = path.split("/");
  let most = -1;
  let found: string | undefined;
  for (const { kind, path: written } of paths) {
    const pattern = written.split("/");
    const count = literals(pattern, segments, kind === "exact");
    if (count <= most) continue;
    most = count;
    const at = pattern.indexOf(`{${name}}`);
    found = at < 0 ? undefined : segments[at];
  }
  return found;
}
