// The snapshot when nginx starts: shared memory holds it over a reload, the edge's file over everything else.
import { current } from "../current.ts";
import { follow } from "./follow.ts";
import { currentSequence } from "./memory.ts";
import { isStoredState } from "./shapes.ts";
import { takePush } from "./take.ts";
import { toolsAtStart } from "./tools.ts";

const cjson: CjsonSafe = require("cjson.safe");

/** In init: returns why there is no snapshot, if there is none. Workers start with what this builds. */
export function loadSnapshot(file: string): string | undefined {
  if (currentSequence() > 0) return follow(toolsAtStart);
  const [handle] = io.open(file, "rb");
  if (handle === undefined) return undefined;
  const [stored, error] = cjson.decode(handle.read("*a") ?? "");
  handle.close();
  if (!isStoredState(stored)) return `${file}: ${error ?? "not a stored snapshot"}`;
  const { revision, digest, objects } = stored;
  const refusal = takePush({ from: 0, to: revision, full: true, upserts: objects, removes: [], digest }, toolsAtStart);
  return refusal && `${file}: ${refusal.reason}`;
}

/** True once some snapshot is in force. */
export function hasSnapshot(): boolean {
  return current.world.sequence > 0;
}
