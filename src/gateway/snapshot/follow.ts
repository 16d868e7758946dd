// A worker keeps up with what was pushed: it looks at one number each tick, and builds and swaps when that has moved.
import { current } from "../current.ts";
import { buildWorld } from "./build.ts";
import type { Versions } from "./memory.ts";
import { changeTo, currentSequence } from "./memory.ts";
import type { BuildTools } from "./parts.ts";
import { acknowledge } from "./workers.ts";

/** One build at a time: a build waits for requests in between, and a push may come to the same worker meanwhile. */
export const building: { isBusy: boolean } = { isBusy: false };

/** Brings the newest push into force here; returns why not. */
export function follow(tools: BuildTools): string | undefined {
  const sequence = currentSequence();
  if (sequence === current.world.sequence || building.isBusy) return undefined;
  building.isBusy = true;
  let problem: string | undefined;
  try {
    const change = changeTo(sequence, current.world.sequence, versionsHeld(), tools.work);
    if (change !== undefined) current.world = buildWorld(current.world, change, tools);
  } catch (reason) {
    problem = `${reason}`;
  }
  building.isBusy = false;
  return problem;
}

/** Also tells that this worker has it. */
export function followAndTell(tools: BuildTools): void {
  const before = current.world.sequence;
  const problem = follow(tools);
  if (problem !== undefined) ngx.log(ngx.ERR, "portway: a snapshot that was taken cannot be built here: ", problem);
  if (current.world.sequence !== before) acknowledge(current.world.sequence, current.world.revision);
}

/** The version of each object of the world in force. */
export function versionsHeld(): Versions {
  const versions: Versions = {};
  for (const key in current.world.entries) versions[key] = current.world.entries[key]!.version;
  return versions;
}
