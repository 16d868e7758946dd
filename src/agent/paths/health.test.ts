import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answered, asked, isDoubted, isProven, judged, type PathHealth, unknownHealth } from "./health.ts";

/** Plays questions and answers: `[at, "ask"]` or `[at, sequence]`. */
function play(...events: readonly (readonly [number, "ask" | number])[]): PathHealth {
  return playFrom(unknownHealth, ...events);
}

function playFrom(start: PathHealth, ...events: readonly (readonly [number, "ask" | number])[]): PathHealth {
  return events.reduce(
    (health, [at, what]) => (what === "ask" ? asked(health, at) : answered(health, what, at)),
    start,
  );
}

const silent = (health: PathHealth, ...at: readonly number[]) =>
  playFrom(health, ...at.map((time): [number, "ask"] => [time, "ask"]));

describe("the health of a path", () => {
  test("is proven by an answer, and doubted once the next one is overdue", () => {
    const health = silent(play([0, "ask"], [30, 1]), 1000);
    assert.ok(!isProven(unknownHealth) && isProven(health));
    assert.ok(!isDoubted(health, 1300) && isDoubted(health, 1301));
  });

  test("is dark when five questions in a row stay without an answer, and not a question sooner", () => {
    const health = silent(play([0, "ask"], [30, 1]), 1000, 1200, 1400, 1600, 1800);
    assert.equal(judged(health, 2100), health);
    const dark = judged(health, 2101);
    assert.ok(!isProven(dark));
    assert.equal(dark.streak, 0);
    assert.equal(judged(dark, 3000), dark);
    assert.ok(isProven(answered(dark, 6, 3000)));
  });

  test("one answer in time keeps it proven, whichever question it is to", () => {
    const health = silent(play([0, "ask"], [30, 1]), 1000, 1200, 1400, 1600, 1800);
    const kept = answered(health, 3, 2000);
    assert.equal(judged(kept, 2101), kept);
  });

  test("a long way has time for its answers", () => {
    const far = play([0, "ask"], [1000, 1], [1001, "ask"], [1601, 2]);
    assert.equal(far.roundTripMs, 600);
    const health = silent(far, 3000, 3200, 3400, 3600, 3800);
    assert.equal(judged(health, 4800), health);
    assert.ok(!isProven(judged(health, 4801)));
  });

  test("is held back twice as long each time that it goes dark, until it has lived that down", () => {
    let health = play([0, "ask"], [30, 1]);
    const fall = (at: number) => {
      health = judged(silent(health, at, at + 1, at + 2, at + 3, at + 4), at + 2_000);
      return health.heldUntil - at - 2_000;
    };
    const rise = (at: number) => {
      health = playFrom(health, [at, "ask"], [at + 10, health.nextSequence]);
    };
    assert.equal(fall(1_000), 2_000);
    rise(10_000);
    assert.equal(fall(20_000), 4_000);
    rise(100_000);
    rise(800_000);
    assert.equal(fall(900_000), 2_000);
  });

  test("takes no notice of answers that nobody waits for", () => {
    const health = play([0, "ask"], [10, 1]);
    assert.equal(answered(health, 1, 20), health);
    assert.equal(answered(health, 7, 20), health);
  });

  test("takes no notice of answers that come very late", () => {
    assert.equal(play([0, "ask"], [6000, "ask"], [6010, 1]).answeredAt, undefined);
  });

  test("measures the round trip only once it was proven: a first question may have waited for a handshake", () => {
    const first = play([0, "ask"], [1000, "ask"], [1500, 1], [1501, 2]);
    assert.equal(first.roundTripMs, undefined);
    assert.equal(first.streak, 0);
    const later = playFrom(first, [2000, "ask"], [2040, 3]);
    assert.equal(later.roundTripMs, 40);
    assert.equal(later.streak, 1);
    assert.equal(playFrom(later, [3000, "ask"], [3120, 4]).roundTripMs, 50);
  });

  test("counts answers in a row, beginning anew when one is missing or when it was dark", () => {
    const steady = play(
      [0, "ask"],
      [1, 1],
      [1000, "ask"],
      [1001, 2],
      [2000, "ask"],
      [2001, 3],
      [3000, "ask"],
      [3001, 4],
    );
    assert.equal(steady.streak, 3);
    assert.equal(playFrom(steady, [4000, "ask"], [5000, "ask"], [5001, 6]).streak, 1);
    const dark = judged(silent(steady, 4000, 4001, 4002, 4003, 4004), 5000);
    assert.equal(playFrom(dark, [9000, "ask"], [9001, 10]).streak, 0);
  });
});
