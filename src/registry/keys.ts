// Keys as every store must treat them: sorted by their UTF-8 bytes, which is the order of their code points.
import type { Page, Write } from "./store.ts";

/** Keys k with `from` <= k < `to`; no `to` means to the last. */
export interface KeyRange {
  readonly from: string;
  readonly to: string | undefined;
}

/** The keys under `prefix` that a page asks for. */
export function rangeOf(prefix: string, page: Page = {}): KeyRange {
  const all = { from: prefix, to: prefixEnd(prefix) };
  if (page.after === undefined) return all;
  if (!page.after.startsWith(prefix)) throw new TypeError(`page begins after "${page.after}", outside of "${prefix}"`);
  return page.descending ? { from: prefix, to: page.after } : { from: `${page.after}\0`, to: all.to };
}

/** The least string above all that start with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1; // surrogates are no characters
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** Throws TypeError unless every key can be stored and is written once. */
export function checkWrites(writes: readonly Write[]): void {
  const seen = new Set<string>();
  for (const write of writes) {
    if (write.key === "" || !write.key.isWellFormed()) throw new TypeError(`not a key: ${JSON.stringify(write.key)}`);
    if (write.op === "put" && !write.value.isWellFormed())
      throw new TypeError(`${write.key}: value is not well-formed Unicode`);
    if (seen.has(write.key)) throw new TypeError(`${write.key}: written twice in one transaction`);
    seen.add(write.key);
  }
}
