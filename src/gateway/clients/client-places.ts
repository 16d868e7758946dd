// How many requests a client address may have in progress over all workers. Each worker has a small share that it counts
// for itself, which is all that most clients ever need; what is above goes into shared memory, a number a worker, so that
// nothing has to be mended when one is killed:
//
//   active/7214/<address>   3   of this client's requests, the worker with this process has three above its share
//
// So a client has its limit, and up to an eighth more when its requests are spread over all workers.
import type { SharedCounts } from "../shared-counts.ts";
import type { Client } from "./client-table.ts";

/** The workers that take requests. */
export interface Workers {
  readonly own: number;
  readonly others: readonly number[];
}

/** Longer than any request is expected to last; it is renewed at each change. */
const entrySeconds = 86_400;

function tell(shared: SharedCounts, own: number, client: Client): void {
  const key = `active/${own}/${client.key}`;
  if (client.shared > 0) shared.set(key, client.shared, entrySeconds);
  else shared.delete(key);
}

/** Takes a place above the worker's share; false: all `most` are taken. */
export function takeSharedPlace(shared: SharedCounts, workers: Workers, client: Client, most: number): boolean {
  let taken = client.shared;
  for (const pid of workers.others) {
    const [count] = shared.get(`active/${pid}/${client.key}`);
    if (count !== undefined) taken += count as number;
  }
  if (taken >= most) return false;
  client.shared++;
  tell(shared, workers.own, client);
  return true;
}

export function leaveSharedPlace(shared: SharedCounts, workers: Workers, client: Client): void {
  client.shared--;
  tell(shared, workers.own, client);
}
