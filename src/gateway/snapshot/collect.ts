// What a large change leaves behind is collected right after it, in slices: left to LuaJIT, the requests that come next
// would pay for it. What a small one leaves goes with the requests' own.
import type { Work } from "./slices.ts";

/** Cost of one step of LuaJIT's collector, in units of `work`. */
const stepUnits = 1;
/** A first cycle ends the one that is under way, for which all that came meanwhile is in use; the second finds the rest. */
const cycles = 2;

const state = { isDue: false, isBusy: false };

/** Something large was built or let go of. */
export function expectGarbage(): void {
  state.isDue = true;
}

/** Once in a tick. */
export function collectWhenDue(work: Work): void {
  if (!state.isDue || state.isBusy) return;
  state.isBusy = true;
  state.isDue = false;
  for (let cycle = 0; cycle < cycles; cycle++) {
    while (!collectgarbage("step", 0)) work(stepUnits);
  }
  state.isBusy = false;
}
