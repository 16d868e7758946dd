import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAt, newRoom, type Room } from "./room.ts";

const lookMs = 100;

interface Outcome {
  readonly answered: number;
  readonly refused: number;
  /** Slowest tenth of the answers begins here. */
  readonly slowMs: number;
}

/**
 * A target that answers one request each `serviceMs`, first come first served, and requests that come each `gapMs`, on a
 * clock of its own. Returns what became of those that came after `from`.
 */
function play(room: Room, serviceMs: number, gapMs: number, lengthMs: number, fromMs = 0): Outcome {
  const waiting: number[] = [];
  const times: number[] = [];
  let [refused, nextMs, busyUntilMs] = [0, 0, 0];
  for (let now = 0; now < lengthMs; now++) {
    for (; nextMs <= now; nextMs += gapMs) {
      if (room.waiting >= room.most) {
        room.refused++;
        if (now >= fromMs) refused++;
        continue;
      }
      room.waiting++;
      room.peak = Math.max(room.peak, room.waiting);
      waiting.push(now);
    }
    while (waiting.length > 0 && busyUntilMs <= now) {
      const since = waiting.shift()!;
      busyUntilMs = Math.max(busyUntilMs, since) + serviceMs;
      room.waiting--;
      room.answers++;
      room.sumMs += busyUntilMs - since;
      if (now >= fromMs) times.push(busyUntilMs - since);
    }
    if (now % lookMs === 0) lookAt(room, lookMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { answered: times.length, refused, slowMs: sorted[Math.floor(sorted.length * 0.9)]! };
}

test("with three times what the target can do, nearly as much is answered, in time", () => {
  const room = newRoom(50, 4);
  const { answered, refused, slowMs } = play(room, 2, 2 / 3, 20_000, 1_000);
  assert.ok(answered > 0.95 * (19_000 / 2), `${answered} answered`);
  assert.ok(refused > 1.9 * answered, `${refused} refused`);
  assert.ok(slowMs < 100, `the slowest tenth took ${slowMs} ms and more`);
});

test("below what the target can do, nothing is refused", () => {
  const room = newRoom(50, 4);
  assert.equal(play(room, 2, 2.5, 20_000).refused, 0);
  assert.equal(room.most, Number.POSITIVE_INFINITY);
});

test("after an overload there is no limit again", () => {
  const room = newRoom(50, 4);
  assert.ok(play(room, 2, 0.5, 5_000).refused > 0);
  room.waiting = 0;
  assert.equal(play(room, 2, 4, 10_000, 3_000).refused, 0);
  assert.equal(room.most, Number.POSITIVE_INFINITY);
});

test("answers that are always slow, whatever the load, leave room for the least", () => {
  const room = newRoom(10, 4);
  for (let look = 0; look < 50; look++) {
    room.peak = 100;
    room.answers = 10;
    room.sumMs = 10 * 5_000;
    lookAt(room, lookMs);
  }
  assert.equal(room.most, 4);
});

test("a few requests that are slow are no overload", () => {
  const room = newRoom(10, 4);
  room.peak = 4;
  room.answers = 4;
  room.sumMs = 4_000;
  lookAt(room, lookMs);
  assert.equal(room.most, Number.POSITIVE_INFINITY);
});

test("a target that answers nothing more gets no more requests than it has", () => {
  const room = newRoom(150, 4);
  room.waiting = 40;
  for (const most of [Number.POSITIVE_INFINITY, 40]) {
    room.peak = 40;
    lookAt(room, lookMs);
    assert.equal(room.most, most);
  }
});

test("a room that nobody asks need not be looked at", () => {
  const room = newRoom(10, 4);
  assert.equal(lookAt(room, lookMs), false);
  room.peak = 1;
  assert.equal(lookAt(room, lookMs), true);
});
