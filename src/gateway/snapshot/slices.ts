// Long work in slices: between them the worker's event loop turns and requests are answered.
import { nowMicros } from "../why/clock.ts";

/** Counts work, in about microseconds; may let requests run. */
export type Work = (this: void, units: number) => void;

/** No request waits for much more than this. */
const sliceMicros = 700;
/** Work between two looks at the clock. */
const lookUnits = 50;
const pauseSeconds = 0.001;

/** For timers and requests of the push socket. */
export function workInSlices(): Work {
  let spent = 0;
  let since = nowMicros();
  return (units) => {
    spent += units;
    if (spent < lookUnits) return;
    spent = 0;
    if (nowMicros() - since < sliceMicros) return;
    ngx.sleep(pauseSeconds);
    since = nowMicros();
  };
}

/** For init, where there are no requests, and no way to wait. */
export const workAtOnce: Work = () => {};
