// Where each part of the file's value stands in its text.
import type { LineCounter } from "yaml";
import type { Finding, Issue, Path } from "./issue.ts";
import { cut, formatPath, printable } from "./issue.ts";

/** Offsets of a value and of its key, and the places of what it holds. */
export interface Place {
  readonly at: number;
  readonly key?: number;
  /** Nothing is written here: `api-1:` and no more. */
  readonly empty?: boolean;
  readonly parts: ReadonlyMap<string | number, Place>;
}

const maxTextLength = 400;

/** The issue at an offset. Whatever of the file it repeats is short and harmless to show. */
export function issueAt(lines: LineCounter, offset: number, finding: Finding): Issue {
  const { line, col } = lines.linePos(offset);
  const { severity, code } = finding;
  const [path, message, hint] = [formatPath(finding.path), finding.message, finding.hint].map((text) =>
    cut(printable(text), maxTextLength),
  ) as [string, string, string];
  return { severity, code, line: Math.max(line, 1), column: Math.max(col, 1), path, message, hint };
}

/** The offset that a finding points at; what is missing is shown at what should hold it. */
export function offsetOf(root: Place, path: Path, at: "key" | "value"): number {
  let place = root;
  for (const part of path) {
    const next = place.parts.get(part);
    if (!next) return place.key ?? place.at;
    place = next;
  }
  return at === "key" || place.empty ? (place.key ?? place.at) : place.at;
}
