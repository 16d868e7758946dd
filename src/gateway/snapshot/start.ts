// The snapshot when nginx starts: shared memory holds it over a reload, the edge's file over everything else.
import { follow } from "./follow.ts";
import { currentSequence } from "./memory.ts";
import { isStoredState } from "./shapes.ts";
import { workAtOnce } from "./slices.ts";
import { takePush } from "./take.ts";
import { toolsWith } from "./tools.ts";

const cjson: CjsonSafe = require("cjson.safe");

/** In init: returns why there is no snapshot, if there is none. Workers start with what this builds, and nothing else. */
export function loadSnapshot(file: string): string | undefined {
  const problem = loaded(file);
  collectgarbage();
  return problem;
}

function loaded(file: string): string | undefined {
  if (currentSequence() > 0) return follow(toolsWith(workAtOnce));
  const [handle] = io.open(file, "rb");
  if (handle === undefined) return undefined;
  const [stored, error] = cjson.decode(handle.read("*a") ?? "");
  handle.close();
  if (!isStoredState(stored)) return `${file}: ${error ?? "not a stored snapshot"}`;
  const { revision, digest, objects } = stored;
  const refusal = takePush(
    { from: 0, to: revision, full: true, upserts: objects, removes: [], digest },
    toolsWith(workAtOnce),
  );
  return refusal && `${file}: ${refusal.reason}`;
}
