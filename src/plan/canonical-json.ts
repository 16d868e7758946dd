// One text for one value, so that equal objects have equal bytes, hashes and digests.
import { createHash } from "node:crypto";

/** JSON without spaces whose bytes do not depend on the order in which keys were written; undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(isSorted(value) ? value : sorted(value));
}

/** Whether all keys are in order already, as makers write them where there are many objects: a copy is most of the cost. */
function isSorted(value: unknown): boolean {
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!isSorted(item)) return false;
    return true;
  }
  let last = "";
  for (const key of Object.keys(value)) {
    if (key < last || !isSorted((value as Readonly<Record<string, unknown>>)[key])) return false;
    last = key;
  }
  return true;
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([key, one]) => [key, sorted(one)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A name for a content: the first 16 hex digits of its canonical JSON's SHA-256. */
export function contentId(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}
