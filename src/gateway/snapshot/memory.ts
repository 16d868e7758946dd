// How a snapshot lies in shared memory. Every value has a key of its own version and is never written over, so that a write
// which fails destroys nothing; the one number `sequence`, written last, says which versions count. In pw_objects:
//
//   sequence            counts the pushes taken
//   object/7/route/a    the text of object route/a as push 7 brought it
//   index/9             revision, digest and the version of every object after push 9
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

interface StoredChange extends Stored {
  /** Dictionary keys that this push made useless. */
  readonly superseded: readonly string[];
}

/** Cost of one read or write, in units of `work`. */
const accessUnits = 1;
/** Pushes that a worker may lag behind before it reads the whole index. */
const changesKept = 64;

/** How many pushes this nginx took. */
export function currentSequence(): number {
  const [sequence] = objects.get("sequence");
  return (sequence as number | undefined) ?? 0;
}

const objectKey = (version: number, key: string) => `object/${version}/${key}`;

/** The text of an object; undefined when a later push has replaced it. */
export function objectText(version: number, key: string): string | undefined {
  const [text] = objects.get(objectKey(version, key));
  return text as string | undefined;
}

/** Puts a push into shared memory and makes it current; returns why it does not fit, with nothing changed. */
export function publish(change: Change, before: Readonly<Versions>, work: Work): string | undefined {
  const { sequence, revision, digest } = change;
  removeSuperseded(sequence - 1);
  const versions: Versions = {};
  for (const key in before) versions[key] = before[key]!;
  const changed: Versions = {};
  const superseded: string[] = [`index/${sequence - 1}`, `change/${sequence - changesKept}`];
  const replace = (key: string, version: number) => {
    const old = versions[key];
    if (old !== undefined) superseded.push(objectKey(old, key));
    changed[key] = version;
  };
  for (const key of change.removes) {
    replace(key, 0);
    delete versions[key];
  }
  const written: string[] = [];
  let full: string | undefined;
  const write = (key: string, value: string | number) => {
    const [ok, reason] = objects.safe_set(key, value);
    if (ok) written.push(key);
    else full ??= reason ?? "no memory";
  };
  for (const key in change.upserts) {
    work(accessUnits);
    const { version, text } = change.upserts[key]!;
    replace(key, version);
    versions[key] = version;
    write(objectKey(version, key), text);
  }
  write(`index/${sequence}`, buffer.encode({ revision, digest, versions }));
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

/** What leads from the versions that a worker holds to the push `sequence`; undefined when a newer push is on its way. */
export function changeTo(sequence: number, from: number, held: Readonly<Versions>, work: Work): Change | undefined {
  const stored = from > 0 ? mergedChanges(from, sequence) : undefined;
  const to = stored ?? indexDifference(sequence, held);
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

function indexDifference(sequence: number, held: Readonly<Versions>): Stored | undefined {
  const [bytes] = objects.get(`index/${sequence}`);
  if (bytes === undefined) return undefined;
  const index = buffer.decode(bytes as string) as Stored;
  const versions: Versions = {};
  for (const key in index.versions) if (held[key] !== index.versions[key]) versions[key] = index.versions[key]!;
  for (const key in held) if (index.versions[key] === undefined) versions[key] = 0;
  return { revision: index.revision, digest: index.digest, versions };
}
