// One meaning of a path for matching and for the target. nginx forwards the target of the request line byte by byte, so
// whatever a target could read differently from what was matched is refused here; the rest decodes to one path only.
//
// | in the path                                   | answer |
// |---|---|
// | not starting with `/`                         | refused: notAbsolute |
// | `%` without two hex digits                    | refused: badEncoding |
// | `%2F`, `%5C`, `\`                             | refused: slash, an extra separator for some servers |
// | `%25`                                         | refused: doubleEncoding |
// | `%00`–`%1F`, `%7F`, raw control characters    | refused: control |
// | `;`, `%3B`                                    | refused: parameter, which some servers cut off a segment |
// | a segment `.` or `..`, also as `%2e`          | refused: dotSegment |
// | an empty segment before the last (`//`)       | refused: emptySegment |
// | `#`, also in the query                        | refused: fragment |
// | any other `%XX`                               | decoded for the match, forwarded as it came |
// The query is forwarded as it came and never matched.

import { decodedPath } from "./path-decode.ts";

export interface CanonicalPath {
  /** The decoded path; only meaningful when nothing was refused. */
  path: string;
  /** The path was decoded or refused: it may hold any byte. */
  isEncoded?: boolean;
}

const slash = 0x2f;

/** The path of a target that holds nothing to decode or refuse, undefined for any other. */
function plainPath(target: string): string | undefined {
  const query = target.indexOf("?");
  const path = query < 0 ? target : string.sub(target, 1, query);
  const isPlain =
    path.indexOf("%") < 0 &&
    path.indexOf("//") < 0 &&
    path.indexOf("/.") < 0 &&
    path.indexOf(";") < 0 &&
    path.indexOf("\\") < 0 &&
    target.indexOf("#") < 0 &&
    string.byte(target) === slash;
  return isPlain ? path : undefined;
}

/**
 * Reads the target of the request line (path and query). Returns why it is refused, or undefined with `out.path` set.
 * Raw control characters nginx has refused already.
 */
export function canonicalPath(target: string, out: CanonicalPath): string | undefined {
  const path = plainPath(target);
  if (path !== undefined) {
    out.path = path;
    out.isEncoded = false;
    return undefined;
  }
  out.isEncoded = true;
  const refused = decodedPath(target, out);
  return refused;
}
