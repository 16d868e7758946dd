// How many requests of a service may wait for their answer in one worker, so that answers take no longer than the file says.
// By Little's law, requests that wait = answers a second x time of an answer: what the targets answer in the time that an
// answer may take is what may wait. Looked at a few times a second; between, a request costs one comparison.

export interface Room {
  /** How long answers may take on average. */
  readonly latencyMs: number;
  /** Requests that may always wait, however slow the answers are. */
  readonly least: number;
  /** Requests that may wait now; infinite while answers are in time. */
  most: number;
  waiting: number;
  /** Since the last look: most that waited at once, answers and the time that they took, requests refused. */
  peak: number;
  answers: number;
  sumMs: number;
  refused: number;
  /** Answers in a millisecond: the most of late. */
  perMs: number;
  /** How long there has been no answer to those that wait. */
  silentMs: number;
  /** Looks in a row at which nothing was refused and answers were in time. */
  calm: number;
  /** It is on the list of those to look at. */
  isWatched: boolean;
}

export function newRoom(latencyMs: number, least: number): Room {
  const counts = { waiting: 0, peak: 0, answers: 0, sumMs: 0, refused: 0, perMs: 0, silentMs: 0, calm: 0 };
  return { latencyMs, least, most: Number.POSITIVE_INFINITY, ...counts, isWatched: false };
}

/** With so many looks without need, there is no limit any more. */
const calmLooks = 20;
const growth = 1.1;

/** A pause of the target is not its capacity: that falls slowly. */
const forget = 0.2;

function measure(room: Room, elapsedMs: number): void {
  const now = room.answers / elapsedMs;
  room.perMs = now > room.perMs ? now : room.perMs + (now - room.perMs) * forget;
}

function decide(room: Room, elapsedMs: number): void {
  const { least, latencyMs, answers, peak } = room;
  const isFull = room.refused > 0 || peak >= room.most;
  const meanMs = answers > 0 ? room.sumMs / answers : 0;
  if (meanMs > latencyMs && peak > least) {
    room.most = Math.max(least, Math.ceil(room.perMs * latencyMs));
    room.calm = 0;
  } else if (answers === 0 && room.waiting > least) {
    room.silentMs += elapsedMs;
    if (room.silentMs > latencyMs) room.most = Math.min(room.most, room.waiting);
    room.calm = 0;
  } else if (isFull) {
    room.calm = 0;
    room.most = Math.ceil(room.most * growth);
  } else {
    room.calm++;
    if (room.calm >= calmLooks) room.most = Number.POSITIVE_INFINITY;
  }
}

/** One look, so long after the last. False: nothing was asked of it, and it need not be looked at until a request comes. */
export function lookAt(room: Room, elapsedMs: number): boolean {
  measure(room, elapsedMs);
  decide(room, elapsedMs);
  if (room.answers > 0) room.silentMs = 0;
  const isBusy = room.peak > 0 || room.most < Number.POSITIVE_INFINITY;
  room.peak = room.waiting;
  room.answers = 0;
  room.sumMs = 0;
  room.refused = 0;
  return isBusy;
}
