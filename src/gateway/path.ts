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
}

const question = 0x3f;

/** True when the target's path equals nginx's decoded, resolved one and holds nothing that the table above refuses. */
function isPlain(target: string, uri: string): boolean {
  if (target !== uri) {
    if (string.byte(target, uri.length + 1) !== question || string.sub(target, 1, uri.length) !== uri) return false;
  }
  return (
    uri.indexOf(";") < 0 &&
    uri.indexOf("//") < 0 &&
    uri.indexOf("%") < 0 &&
    uri.indexOf("\\") < 0 &&
    target.indexOf("#") < 0
  );
}

/**
 * Reads the target of the request line (path and query). `uri` is nginx's own reading of it, used only to see quickly
 * that nothing needs decoding. Returns why the target is refused, or undefined with `out.path` set.
 */
export function canonicalPath(target: string, uri: string, out: CanonicalPath): string | undefined {
  if (isPlain(target, uri)) {
    out.path = uri;
    return undefined;
  }
  const refused = decodedPath(target, out);
  return refused;
}
