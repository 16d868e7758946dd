// The objects of a world, as they are after a change.
import type { Entry, World } from "../world.ts";
import type { Change } from "./change.ts";
import type { Gone, Layer } from "./layer.ts";
import { partIn } from "./layer.ts";
import type { Kind, Shapes } from "./shapes.ts";
import { hasShape, kindOf } from "./shapes.ts";
import type { BuildTools } from "./tools.ts";

export type Entries = Layer<Entry>;

/** Keys of new and changed objects by kind. */
export type ChangedKeys = Readonly<Record<Kind, string[]>>;

/** Cost of one, in units of `work`. */
const decodeUnits = 5;

/** Decodes what is new; throws a sentence for what is no object. */
export function changedEntries(before: World, change: Change, tools: BuildTools): [Entries, ChangedKeys] {
  const changed: ChangedKeys = { route: [], service: [], plugin: [], keys: [], certificate: [], limits: [], why: [] };
  const made: Record<string, Entry> = {};
  for (const key in change.upserts) {
    tools.work(decodeUnits);
    const { version, text } = change.upserts[key]!;
    const kind = kindOf(key);
    if (kind === undefined) throw `${key}: this gateway knows no such kind of object`;
    made[key] = { version, value: decoded(key, kind, text, tools) };
    changed[kind].push(key);
  }
  return [{ base: before.entries, made, gone: goneOf(change) }, changed];
}

/** The entry's value, whose shape was checked when it was decoded. */
export function objectOf<Name extends Kind>(_kind: Name, entries: Entries, key: string): Shapes[Name] {
  return partIn(entries, key)!.value as Shapes[Name];
}

function decoded(key: string, kind: Kind, text: string, tools: BuildTools): unknown {
  const [value, error] = tools.decode(text);
  if (value === undefined) throw `${key}: not JSON: ${error}`;
  if (!hasShape(kind, value)) throw `${key}: not the shape of a ${kind}`;
  return value;
}

function goneOf({ upserts, removes }: Change): Gone {
  const gone: Record<string, true> = {};
  for (const key of removes) if (upserts[key] === undefined) gone[key] = true;
  return gone;
}
