import assert from "node:assert/strict";
import { test } from "node:test";
import { type PathHealth, unknownHealth } from "./health.ts";
import { askEveryMs, type Place } from "./schedule.ts";

const now = 100_000;
const steady: PathHealth = { ...unknownHealth, provenSince: 0, answeredAt: now - 3_000, streak: 3, nextSequence: 20 };
const standby: Place = { inUse: false, busy: true, preferred: false, needed: false, awaited: false };

test("all is well: the path in use every second while it carries packets, another one or an idle one every five", () => {
  assert.equal(askEveryMs(steady, { ...standby, inUse: true }, now), 1_000);
  assert.equal(askEveryMs(steady, { ...standby, inUse: true, busy: false }, now), 5_000);
  assert.equal(askEveryMs(steady, standby, now), 5_000);
});

test("nobody waits with packets for it: a path is known to be steady first, and doubted all the same", () => {
  const idle = { ...standby, inUse: true, busy: false };
  assert.equal(askEveryMs({ ...steady, streak: 2 }, idle, now), 1_000);
  assert.equal(askEveryMs({ ...steady, waiting: new Map([[19, now - 400]]) }, idle, now), 200);
});

test("an answer is missing: that path is asked five times a second, and so are those that may take over", () => {
  const doubted = { ...steady, waiting: new Map([[19, now - 400]]) };
  assert.equal(askEveryMs(doubted, { ...standby, inUse: true }, now), 200);
  assert.equal(askEveryMs(steady, { ...standby, needed: true }, now), 200);
  assert.equal(askEveryMs({ ...steady, answeredAt: now - 100 }, { ...standby, needed: true }, now), 5_000);
});

test("a preferred path that answers again is soon known to be steady", () => {
  assert.equal(askEveryMs({ ...steady, streak: 1 }, { ...standby, preferred: true }, now), 500);
});

test("a path that a rotation waits for is soon known to be steady, and asked as others are from then on", () => {
  const awaited = { ...standby, awaited: true };
  assert.equal(askEveryMs(unknownHealth, awaited, now), 500);
  assert.equal(askEveryMs({ ...steady, streak: 1 }, awaited, now), 500);
  assert.equal(askEveryMs(steady, awaited, now), 5_000);
  assert.equal(askEveryMs({ ...unknownHealth, nextSequence: 16 }, awaited, now), 5_000);
});

test("a path that never answered is asked less after a while, unless it is all that there is", () => {
  const silent = { ...unknownHealth, nextSequence: 16 };
  assert.equal(askEveryMs(unknownHealth, standby, now), 1_000);
  assert.equal(askEveryMs(silent, standby, now), 5_000);
  assert.equal(askEveryMs(silent, { ...standby, inUse: true }, now), 1_000);
});
