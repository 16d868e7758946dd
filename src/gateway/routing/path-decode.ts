// Paths with something to decode or to refuse: the slow, careful half of path.ts.
import type { CanonicalPath } from "./path.ts";

const slash = 0x2f;
const percent = 0x25;
const backslash = 0x5c;
const semicolon = 0x3b;
const deleteCode = 0x7f;

/** Reads a target that is not plain, by the table in path.ts. */
export function decodedPath(target: string, out: CanonicalPath): string | undefined {
  if (target.charCodeAt(0) !== slash) return "notAbsolute";
  if (target.indexOf("#") >= 0) return "fragment";
  const query = target.indexOf("?");
  const length = query < 0 ? target.length : query;
  const parts: string[] = [];
  for (let i = 0; i < length; i++) {
    let code = target.charCodeAt(i);
    const isEncoded = code === percent;
    if (isEncoded) {
      if (i + 2 >= length) return "badEncoding";
      const high = hexValue(target.charCodeAt(i + 1));
      const low = hexValue(target.charCodeAt(i + 2));
      if (high < 0 || low < 0) return "badEncoding";
      code = high * 16 + low;
      i += 2;
    }
    const refused = refusedCharacter(code, isEncoded);
    if (refused !== undefined) return refused;
    parts.push(String.fromCharCode(code));
  }
  out.path = parts.join("");
  return refusedSegment(out.path);
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

function refusedCharacter(code: number, isEncoded: boolean): string | undefined {
  if (code < 0x20 || code === deleteCode) return "control";
  if (code === semicolon) return "parameter";
  if (code === backslash || (isEncoded && code === slash)) return "slash";
  if (isEncoded && code === percent) return "doubleEncoding";
  return undefined;
}

/** Why a decoded path is refused for its segments: one is empty before the last, or a way up. */
export function refusedSegment(path: string): string | undefined {
  let start = 1;
  while (start <= path.length) {
    const next = path.indexOf("/", start);
    const end = next < 0 ? path.length : next;
    const length = end - start;
    if (length === 0 && next >= 0) return "emptySegment";
    const segment = length > 2 ? "" : string.sub(path, start + 1, end);
    if (segment === "." || segment === "..") return "dotSegment";
    start = end + 1;
  }
  return undefined;
}
