// Taking a push: verified whole, built, put into shared memory, in force. Nothing is changed unless all of it works.
import type { SnapshotPush } from "../../wire/edge-state.ts";
import { current } from "../current.ts";
import type { Change } from "./change.ts";
import type { Sum } from "./digest.ts";
import { emptySum, formatSum, parseSum, toggle } from "./digest.ts";
import { draftWorld } from "./draft.ts";
import { putInForce } from "./in-force.ts";
import { objectText, publish } from "./memory.ts";
import type { Work } from "./slices.ts";
import type { BuildTools } from "./tools.ts";

/** Cost of hashing one object, in units of `work`. */
const hashUnits = 2;

export interface Refusal {
  /** 409: built on another revision; 422: not whole or not valid. */
  readonly status: 409 | 422;
  readonly reason: string;
}

/** Brings a push into force in this worker and shared memory; the world in force must be the newest. */
export function takePush(push: SnapshotPush, tools: BuildTools): Refusal | undefined {
  const world = current.world;
  if (!push.full && push.from !== world.revision) {
    return { status: 409, reason: `it builds on revision ${push.from}, in force is ${world.revision}` };
  }
  try {
    const change = push.full ? fullChange(push, tools.work) : deltaChange(push, tools.work);
    const draft = draftWorld(world, change, tools);
    const full = publish(change, tools.work);
    if (full !== undefined) return { status: 422, reason: full };
    putInForce(draft);
    return undefined;
  } catch (reason) {
    return { status: 422, reason: `${reason}` };
  }
}

/** Only what differs from the objects in force. */
function fullChange(push: SnapshotPush, work: Work): Change {
  const sum = emptySum();
  const upserts: Record<string, string> = {};
  const removes: string[] = [];
  const entries = current.world.entries;
  for (const key in push.upserts) {
    work(hashUnits);
    const text = push.upserts[key]!;
    toggle(sum, key, text);
    const entry = entries[key];
    if (entry === undefined || objectText(entry.version, key) !== text) upserts[key] = text;
  }
  for (const key in entries) if (push.upserts[key] === undefined) removes.push(key);
  return changeOf(push, upserts, removes, sum);
}

function deltaChange(push: SnapshotPush, work: Work): Change {
  const sum = parseSum(current.world.digest);
  const takeOut = (key: string) => {
    const entry = current.world.entries[key];
    const text = entry && objectText(entry.version, key);
    if (text !== undefined) toggle(sum, key, text);
  };
  for (const key of push.removes) takeOut(key);
  for (const key in push.upserts) {
    work(2 * hashUnits);
    takeOut(key);
    toggle(sum, key, push.upserts[key]!);
  }
  return changeOf(push, push.upserts, push.removes, sum);
}

function changeOf(
  push: SnapshotPush,
  texts: Readonly<Record<string, string>>,
  removes: readonly string[],
  sum: Sum,
): Change {
  const digest = formatSum(sum);
  if (digest !== push.digest) throw `the digest of its objects is ${digest}, not ${push.digest}`;
  const sequence = current.world.sequence + 1;
  const upserts: Record<string, { version: number; text: string }> = {};
  for (const key in texts) upserts[key] = { version: sequence, text: texts[key]! };
  return { upserts, removes, sequence, revision: push.to, digest };
}
