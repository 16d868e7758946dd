// What a request's path has beyond the path that its route names.
import { matchedPath } from "./path-segment.ts";
import type { Routable } from "./router.ts";

/**
 * The end of `target`, one spelling of the canonical `path`, after the segments that the route's most specific path has:
 * empty, or with a slash first. Both have the same segments, since an encoded slash is refused.
 */
export function pathBelow(paths: Routable["paths"], path: string, target: string): string {
  const matched = matchedPath(paths, path);
  if (matched === undefined) return "";
  let at = target.indexOf("/");
  for (let left = matched.split("/").length - 1; left > 0 && at >= 0; left--) at = target.indexOf("/", at + 1);
  return at < 0 ? "" : string.sub(target, at + 1);
}
