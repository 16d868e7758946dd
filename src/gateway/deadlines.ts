// Limits to the age of a request: until its response starts, and until it ends. nginx has one timer, for silence, so the
// few requests that have such a limit are looked at each tick, and the connection of a late one to its target is ended, or the wait
// for its body.
import { endRequest } from "./cut.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import { currentRequest, identity, nowMs } from "./request.ts";

interface Watched {
  readonly identity: number;
  readonly record: RequestRecord;
  /** Records are reused: with another id it is another request's. */
  readonly id: string;
}

const watched: Watched[] = [];

/** The last step of a route that has a limit. */
export function watchDeadline(record: RequestRecord): number {
  watched.push({ identity: identity(currentRequest()), record, id: record.id });
  return 0;
}

function isLate(record: RequestRecord, now: number): boolean {
  const route = record.route;
  if (route === undefined) return false;
  const ageMs = now - record.startMs;
  return (
    (route.totalMs > 0 && ageMs >= route.totalMs) ||
    (route.responseMs > 0 && record.targetMs < 0 && ageMs >= route.responseMs)
  );
}

/** Once in a tick. */
export function endOverdue(): void {
  if (watched.length === 0) return;
  const now = nowMs();
  for (let i = watched.length - 1; i >= 0; i--) {
    const { identity: key, record, id } = watched[i]!;
    if (recordOf(key) !== record || record.id !== id) {
      watched[i] = watched[watched.length - 1]!;
      watched.pop();
    } else if (isLate(record, now)) {
      record.endedFor = "overdue";
      endRequest(key, record, now);
    }
  }
}
