// One text for one value, so that equal objects have equal bytes, hashes and digests.
import { createHash } from "node:crypto";

/** JSON without spaces whose bytes do not depend on the order in which keys were written; undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The value with all keys in order: itself when they are so already. Copies are most of the cost, so makers keep order. */
function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields);
  const values = keys.map((key) => sorted(fields[key]));
  const isSorted = keys.every((key, at) => (at === 0 || keys[at - 1]! < key) && values[at] === fields[key]);
  if (isSorted) return value;
  const entries = keys.map((key, at) => [key, values[at]] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A name for a content: the first 16 hex digits of its canonical JSON's SHA-256. */
export function contentId(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}
