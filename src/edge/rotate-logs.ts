// Bounds what nginx's logs take on disk: a large one is renamed, nginx is told to begin it anew, and the oldest goes.
import { existsSync, renameSync } from "node:fs";
import { logSize } from "./nginx-errors.ts";

/** With the files kept beside it a log takes at most four times this, and what nginx writes between two looks. */
export const maxLogBytes = 64 * 1024 * 1024;
const kept = 3;

export interface LogRotation {
  readonly logs: readonly string[];
  /** Tells nginx, if it runs, to open its logs anew; until then it writes into the renamed one. */
  readonly reopen: () => void;
}

/** Gives one look at the logs; PATH.1 is the youngest of those kept. */
export function logRotation({ logs, reopen }: LogRotation): () => void {
  let isOwed = logs.some((path) => !existsSync(path) && existsSync(`${path}.1`)); // an end between rename and signal
  return () => {
    const large = logs.filter((path) => logSize(path) >= maxLogBytes);
    for (const path of large) {
      for (let n = kept - 1; n > 0; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
      renameSync(path, `${path}.1`);
      isOwed = true;
    }
    if (isOwed) reopen();
    isOwed = false;
  };
}
