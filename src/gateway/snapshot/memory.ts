// How a snapshot lies in shared memory. Every value has a key of its own version and is never written over, so that a write
// which fails destroys nothing; the one number `sequence`, written last, says which versions count. In pw_objects:
//
//   sequence            counts the pushes taken
//   object/7/route/a    the text of object route/a as push 7 brought it
//   index/9             revision and digest after push 9, and the push that last changed each bucket
//   bucket/7/200        the version of each object of bucket 200 after push 7
//   change/9            revision, digest and the versions of what push 9 changed
import type { Change } from "./change.ts";
import type { Work } from "./slices.ts";

const objects = ngx.shared.pw_objects;
const buffer: StringBuffer = require("string.buffer");

/** Version of each object; 0 in a change: removed. */
export type Versions = Record<string, number>;

interface Stored {
  readonly revision: number;
  readonly digest: string;
  readonly versions: Versions;
}

/** All objects: their versions lie in buckets, so that a push writes those of its own objects alone. */
interface Index {
  readonly revision: number;
  readonly digest: string;
  /** For each bucket the push that changed it last; 0: it has never had an object. */
  readonly buckets: number[];
}

interface StoredChange extends Stored {
  /** Dictionary keys that this push made useless. */
  readonly superseded: readonly string[];
}

/** Cost of one read or write, in units of `work`. */
const accessUnits = 1;
/** Pushes that a worker may lag behind before it reads the whole index. */
const changesKept = 64;
/** With 5,000 objects a bucket has about twenty. */
const bucketCount = 256;

/** How many pushes this nginx took. */
export function currentSequence(): number {
  const [sequence] = objects.get("sequence");
  return (sequence as number | undefined) ?? 0;
}

const objectKey = (version: number, key: string) => `object/${version}/${key}`;
const indexKey = (sequence: number) => `index/${sequence}`;
const bucketKey = (sequence: number, bucket: number) => `bucket/${sequence}/${bucket}`;

const bucketOf = (key: string) => ngx.crc32_short(key) % bucketCount;

function noBuckets(): number[] {
  const buckets: number[] = [];
  for (let bucket = 0; bucket < bucketCount; bucket++) buckets.push(0);
  return buckets;
}

function indexAt(sequence: number): Index | undefined {
  const [bytes] = objects.get(indexKey(sequence));
  return bytes === undefined ? undefined : (buffer.decode(bytes as string) as Index);
}

/** The versions in a bucket as a push left it; undefined when a later one has replaced it. */
function versionsIn(bucket: number, sequence: number): Versions | undefined {
  if (sequence === 0) return {};
  const [bytes] = objects.get(bucketKey(sequence, bucket));
  return bytes === undefined ? undefined : (buffer.decode(bytes as string) as Versions);
}

/** The text of an object; undefined when a later push has replaced it. */
export function objectText(version: number, key: string): string | undefined {
  const [text] = objects.get(objectKey(version, key));
  return text as string | undefined;
}

/** Puts a push into shared memory and makes it current; returns why it does not fit, with nothing changed. */
export function publish(change: Change, work: Work): string | undefined {
  const { sequence, revision, digest } = change;
  removeSuperseded(sequence - 1);
  const buckets = sequence > 1 ? indexAt(sequence - 1)!.buckets : noBuckets();
  const touched: Record<number, Versions> = {};
  const changed: Versions = {};
  const superseded: string[] = [indexKey(sequence - 1), `change/${sequence - changesKept}`];
  const replace = (key: string, version: number) => {
    work(accessUnits);
    const bucket = bucketOf(key);
    touched[bucket] ??= versionsIn(bucket, buckets[bucket]!)!;
    const versions = touched[bucket];
    const old = versions[key];
    if (old !== undefined) superseded.push(objectKey(old, key));
    changed[key] = version;
    if (version === 0) delete versions[key];
    else versions[key] = version;
  };
  const written: string[] = [];
  let full: string | undefined;
  const write = (key: string, value: string | number) => {
    const [ok, reason] = objects.safe_set(key, value);
    if (ok) written.push(key);
    else full ??= reason ?? "no memory";
  };
  for (const key of change.removes) replace(key, 0);
  for (const key in change.upserts) {
    const { version, text } = change.upserts[key]!;
    replace(key, version);
    write(objectKey(version, key), text);
  }
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const versions = touched[bucket];
    if (versions === undefined) continue;
    work(accessUnits);
    if (buckets[bucket]! > 0) superseded.push(bucketKey(buckets[bucket]!, bucket));
    buckets[bucket] = sequence;
    write(bucketKey(sequence, bucket), buffer.encode(versions));
  }
  write(indexKey(sequence), buffer.encode({ revision, digest, buckets }));
  write(`change/${sequence}`, buffer.encode({ revision, digest, versions: changed, superseded }));
  if (full === undefined) write("sequence", sequence);
  if (full === undefined) return undefined;
  for (const key of written) objects.delete(key);
  return `shared memory is full (${full})`;
}

/** Frees what the push before made useless: by now every worker has left it, or reads the index. */
function removeSuperseded(sequence: number): void {
  const [bytes] = objects.get(`change/${sequence}`);
  if (bytes === undefined) return;
  for (const key of (buffer.decode(bytes as string) as StoredChange).superseded) objects.delete(key);
}

/** The objects that a worker has. */
type Held = Readonly<Record<string, { readonly version: number }>>;

/** What leads from the versions that a worker holds to the push `sequence`; undefined when a newer push is on its way. */
export function changeTo(sequence: number, from: number, held: Held, work: Work): Change | undefined {
  const stored = from > 0 ? mergedChanges(from, sequence) : undefined;
  const to = stored ?? indexDifference(sequence, held, work);
  if (to === undefined) return undefined;
  const upserts: Record<string, { version: number; text: string }> = {};
  const removes: string[] = [];
  for (const key in to.versions) {
    const version = to.versions[key]!;
    if (version === 0) {
      removes.push(key);
      continue;
    }
    work(accessUnits);
    const text = objectText(version, key);
    if (text === undefined) return undefined;
    upserts[key] = { version, text };
  }
  return { upserts, removes, sequence, revision: to.revision, digest: to.digest };
}

function mergedChanges(from: number, to: number): Stored | undefined {
  const versions: Versions = {};
  let last: Stored | undefined;
  for (let sequence = from + 1; sequence <= to; sequence++) {
    const [bytes] = objects.get(`change/${sequence}`);
    if (bytes === undefined) return undefined;
    last = buffer.decode(bytes as string) as Stored;
    for (const key in last.versions) versions[key] = last.versions[key]!;
  }
  return last && { revision: last.revision, digest: last.digest, versions };
}

function indexDifference(sequence: number, held: Held, work: Work): Stored | undefined {
  const index = indexAt(sequence);
  if (index === undefined) return undefined;
  const { revision, digest, buckets } = index;
  const stored: Versions = {};
  const versions: Versions = {};
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const inBucket = versionsIn(bucket, buckets[bucket]!);
    if (inBucket === undefined) return undefined;
    for (const key in inBucket) {
      work(accessUnits);
      stored[key] = inBucket[key]!;
      if (held[key]?.version !== inBucket[key]) versions[key] = inBucket[key]!;
    }
  }
  for (const key in held) if (stored[key] === undefined) versions[key] = 0;
  return { revision, digest, versions };
}
