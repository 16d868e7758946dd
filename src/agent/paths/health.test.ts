import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answered, asked, isProven, type PathHealth, provenMs, unknownHealth } from "./health.ts";

/** Plays questions and answers: `[at, "ask"]` or `[at, sequence]`. */
function play(...events: readonly (readonly [number, "ask" | number])[]): PathHealth {
  return events.reduce(
    (health, [at, what]) => (what === "ask" ? asked(health, at) : answered(health, what, at)),
    unknownHealth,
  );
}

describe("the health of a path", () => {
  test("is proven by an answer, for as long as two lost questions take", () => {
    const health = play([0, "ask"], [30, 1]);
    assert.ok(!isProven(unknownHealth, 0));
    assert.ok(isProven(health, 30 + provenMs) && !isProven(health, 31 + provenMs));
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
    const later = answered(asked(first, 2000), 3, 2040);
    assert.equal(later.roundTripMs, 40);
    assert.equal(later.streak, 1);
    assert.equal(answered(asked(later, 3000), 4, 3120).roundTripMs, 50);
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
    assert.equal(answered(asked(asked(steady, 4000), 5000), 6, 5001).streak, 1);
    assert.equal(answered(asked(steady, 9000), 5, 9001).streak, 0);
  });
});
