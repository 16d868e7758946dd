// A worker keeps up with what was pushed: it looks at one number each tick, and builds and swaps when that has moved.
import { current } from "../current.ts";
import { draftWorld } from "./draft.ts";
import { putInForce } from "./in-force.ts";
import { changeTo, currentSequence } from "./memory.ts";
import type { BuildTools } from "./tools.ts";
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
    const change = changeTo(sequence, current.world.sequence, current.world.entries, tools.work);
    if (change !== undefined) putInForce(draftWorld(current.world, change, tools));
  } catch (reason) {
    problem = `${reason}`;
  }
  building.isBusy = false;
  return problem;
}

const lastFailed = { sequence: 0 };

/** Also tells that this worker has it. A push that this worker cannot build, though another took it, is tried once. */
export function followAndTell(tools: BuildTools): void {
  const sequence = currentSequence();
  const before = current.world.sequence;
  if (sequence === before || sequence === lastFailed.sequence) return;
  const problem = follow(tools);
  if (current.world.sequence !== before) acknowledge(current.world.sequence, current.world.revision);
  if (problem === undefined) return;
  lastFailed.sequence = sequence;
  ngx.log(ngx.ERR, "portway: a snapshot that another worker took cannot be built here: ", problem);
}
