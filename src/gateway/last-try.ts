// How the last try of a request ended, which nginx tells in the log phase alone.
import type { Pointer } from "./request.ts";
import { variable } from "./request.ts";

/**
 * Whether it failed; asked when the status is 500 or more. It did when nginx made the error itself, since then no time of the
 * target's headers is known, and when the target answered 502 (it is a gateway with nothing behind it; nginx tries another
 * for that too).
 */
export function lastTryFailed(pointer: Pointer, status: number): boolean {
  if (status === 502) return true;
  const headerTimes = variable(pointer, "upstream_header_time") ?? "-";
  return string.sub(headerTimes, -1) === "-";
}
