// Decisions on tokens that were seen before, bounded in memory: two generations of tables, the older one dropped whole when
// the younger one is full; what is still asked for moves over. A look-up is two table reads and makes no garbage.

export interface Lasting {
  /** From this moment on (seconds since 1970) it is forgotten. */
  readonly untilSeconds: number;
}

type Generation<Value> = Record<number, Record<string, Value | undefined> | undefined>;

export interface VerdictCache<Value extends Lasting> {
  young: Generation<Value>;
  old: Generation<Value>;
  /** Memory of the young generation, about. */
  youngBytes: number;
  /** Most memory of each generation, about. */
  readonly generationBytes: number;
}

/** Memory of an entry besides its text, about. */
const entryBytes = 256;

export function createVerdictCache<Value extends Lasting>(generationBytes: number): VerdictCache<Value> {
  return { young: {}, old: {}, youngBytes: 0, generationBytes };
}

/** What was remembered of `text` for `owner`, while it lasts. */
export function recall<Value extends Lasting>(
  cache: VerdictCache<Value>,
  owner: number,
  text: string,
  nowSeconds: number,
): Value | undefined {
  const young = cache.young[owner];
  let value = young === undefined ? undefined : young[text];
  if (value === undefined) {
    const old = cache.old[owner];
    value = old === undefined ? undefined : old[text];
    if (value === undefined) return undefined;
    if (nowSeconds < value.untilSeconds) remember(cache, owner, text, value);
  }
  if (nowSeconds < value.untilSeconds) return value;
  return undefined;
}

/** Owners are numbers that are never used again: what a former owner left is dropped with its generation. */
export function remember<Value extends Lasting>(
  cache: VerdictCache<Value>,
  owner: number,
  text: string,
  value: Value,
): void {
  const bytes = text.length + entryBytes;
  if (cache.youngBytes + bytes > cache.generationBytes) {
    cache.old = cache.young;
    cache.young = {};
    cache.youngBytes = 0;
  }
  cache.youngBytes += bytes;
  let young = cache.young[owner];
  if (young === undefined) {
    young = {};
    cache.young[owner] = young;
  }
  young[text] = value;
}
