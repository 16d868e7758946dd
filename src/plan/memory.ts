// What a compiler that compiles again and again remembers of the time before: sameness becomes identity, so that whatever
// follows from it is compared with one look.

export interface Memory {
  /** What was remembered under the key, if it says the same as this one now; what comes of it is remembered. */
  readonly recall: <T>(key: string, now: T) => T;
  /** What was remembered under the key the time before. */
  readonly last: <T>(key: string) => T | undefined;
  readonly keep: (key: string, value: unknown) => void;
  /** The same text as one string, where it was met under this key lately: hosts of a kind are told the same. */
  readonly share: (key: string, text: string) => string;
}

/** For who compiles once. */
export const forgetful: Memory = {
  recall: (_, now) => now,
  last: () => undefined,
  keep() {},
  share: (_, text) => text,
};

/** Of a key: who is reachable or not, has this relay or that one, is told something else. */
const mostTexts = 8;

/** `turn` ends a time: what was not kept in it is forgotten, and of shared texts those under keys that are in use no more. */
export function createMemory(): Memory & { readonly turn: (isUsed: (key: string) => boolean) => void } {
  let [before, now] = [new Map<string, unknown>(), new Map<string, unknown>()];
  const texts = new Map<string, string[]>();
  return {
    recall(key, value) {
      const known = before.get(key) as typeof value | undefined;
      const recalled = known !== undefined && isSame(known, value) ? known : value;
      now.set(key, recalled);
      return recalled;
    },
    last: <T>(key: string) => before.get(key) as T | undefined,
    keep: (key, value) => void now.set(key, value),
    share(key, text) {
      const known = texts.get(key);
      const same = known?.find((one) => one === text);
      if (same !== undefined) return same;
      if (!known) texts.set(key, [text]);
      else if (known.push(text) > mostTexts) known.shift();
      return text;
    },
    turn(isUsed) {
      [before, now] = [now, new Map()];
      for (const key of texts.keys()) if (!isUsed(key)) texts.delete(key);
    },
  };
}

/** Whether two values of plain data say the same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  const [record, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  const keys = Object.keys(record);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(record[key], other[key]));
}

/** Whether two lists hold the very same. */
export function isSameList(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((one, index) => one === now[index]);
}
