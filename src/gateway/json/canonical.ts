// One text for each JSON value: equal values (JSON Schema 2020-12, section 4.2.2) have the same, unequal ones different.
import type { Json } from "./value.ts";

/** Members in any order are the same; so are 1 and 1.0. */
export function canonicalText(value: Json): string {
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "number") return value === 0 ? "n0" : `n${string.format("%.17g", value)}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (value.kind === "null") return "z";
  const parts: string[] = [];
  if (value.kind === "array") {
    for (const item of value.items) pushPart(parts, canonicalText(item));
    return `[${parts.join("")}`;
  }
  for (const name of value.names.slice().sort()) {
    pushPart(parts, name);
    pushPart(parts, canonicalText(value.members[name]!));
  }
  return `{${parts.join("")}`;
}

/** With its length before it, so that no two lists of parts read alike. */
function pushPart(parts: string[], part: string): void {
  parts.push(`${part.length}:${part}`);
}
