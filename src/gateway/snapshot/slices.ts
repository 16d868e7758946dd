// Long work in slices: between them the worker's event loop turns and requests are answered.

/** Counts work, in about microseconds; may let requests run. */
export type Work = (this: void, units: number) => void;

/** No request waits for more than about this. */
const sliceUnits = 700;
const pauseSeconds = 0.001;

/** For timers and requests of the push socket. */
export function workInSlices(): Work {
  let spent = 0;
  return (units) => {
    spent += units;
    if (spent < sliceUnits) return;
    spent = 0;
    ngx.sleep(pauseSeconds);
  };
}

/** For init, where there are no requests, and no way to wait. */
export const workAtOnce: Work = () => {};
