// Desired state travels as keyed objects, each a JSON text; a set digest tells whether two sides hold the same bytes.
import { hash } from "node:crypto";

/** Objects by key; each value is the JSON text exactly as its maker wrote it. */
export type Objects = Readonly<Record<string, string>>;

export interface ObjectsDelta {
  readonly upserts: Objects;
  readonly removes: readonly string[];
}

const digestBytes = 32;

/** Hash of one object: SHA-256 over key, NUL, value (UTF-8). */
export function objectHash(key: string, value: string): Buffer {
  return hash("sha256", `${key}\0${value}`, "buffer");
}

/**
 * Digest of a set of objects: the XOR of their hashes, 64 hex digits; the empty set is all zeros. Being a XOR it is
 * kept up in time proportional to a change. It finds divergence and damage; authenticity is the transport's task. `hash` may
 * know hashes already.
 */
export function digestOf(objects: Objects, hash = objectHash): string {
  const sum = Buffer.alloc(digestBytes);
  for (const key of Object.keys(objects)) xorInto(sum, hash(key, objects[key]!));
  return sum.toString("hex");
}

/** The digest after a delta is applied to `before`, whose digest is `digest`; `hash` may know hashes already. */
export function digestAfter(digest: string, before: Objects, delta: ObjectsDelta, hash = objectHash): string {
  const sum = Buffer.from(digest, "hex");
  const drop = (key: string) => {
    if (Object.hasOwn(before, key)) xorInto(sum, hash(key, before[key]!));
  };
  for (const key of delta.removes) drop(key);
  for (const [key, value] of Object.entries(delta.upserts)) {
    drop(key);
    xorInto(sum, hash(key, value));
  }
  return sum.toString("hex");
}

/** The least change that turns `before` into `after`. */
export function deltaOf(before: Objects, after: Objects): ObjectsDelta {
  const upserts: Record<string, string> = {};
  const [keys, known] = [Object.keys(after), Object.keys(before)];
  let common = 0;
  for (const key of keys) {
    const was = before[key];
    if (typeof was === "string") common++; // not what every object inherits
    if (was !== after[key]) upserts[key] = after[key]!;
  }
  const removes = common === known.length ? [] : known.filter((key) => !Object.hasOwn(after, key));
  return { upserts, removes };
}

export function applyDelta(before: Objects, delta: ObjectsDelta): Objects {
  const after: Record<string, string> = { ...before, ...delta.upserts };
  for (const key of delta.removes) delete after[key];
  return after;
}

function xorInto(sum: Buffer, hash: Buffer): void {
  for (let i = 0; i < digestBytes; i++) sum[i]! ^= hash[i]!;
}
