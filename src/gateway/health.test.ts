// Health as several workers see it, in LuaJIT alone: what they share is one dictionary of nginx.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appWith, play, times, worker } from "../../test/lua/health-workers.ts";

const { start, change, replace, fail, answer, post, pass, pool, out } = worker;

describe("ejection", () => {
  test("leaves a target out after failures in a row, whichever worker had them, and lets it back in after its pause", () => {
    assert.deepEqual(
      play(
        start(2, appWith("a b")),
        ...[fail(1, "a"), fail(2, "a"), pool(1), fail(1, "a"), pool(1), pool(2)],
        ...[pass(), pool(2), out(2), pass(9_900), pool(2), pass(100), pool(1), pool(2), out(1)],
      ),
      ["a b", "b", "a b", "b", "a ejected", "b", "a b", "a b", ""],
    );
  });

  test("an answer in between begins the count anew, in every worker", () => {
    const script = [fail(1, "a"), fail(1, "a"), pass(), answer(2, "a"), pass(), fail(1, "a"), fail(1, "a")];
    assert.deepEqual(play(start(2, appWith("a b")), ...script, pool(1)), ["a b"]);
  });

  test("one failure after the pause is enough, and each pause is twice the last, up to the longest", () => {
    const service = appWith("a b", { ejection: { errors: 3, cooldownMs: 1000, longestMs: 3000 } });
    const round = (ms: number) => [fail(1, "a"), pass(ms - 1), pool(1), pass(1), pool(1)];
    assert.deepEqual(
      play(
        start(1, service),
        ...times(2, fail(1, "a")),
        ...round(1000),
        ...round(2000),
        ...round(3000),
        ...round(3000),
      ),
      ["b", "a b", "b", "a b", "b", "a b", "b", "a b"],
    );
  });

  test("a target that served as long as its last pause begins with the first again", () => {
    const service = appWith("a b", { ejection: { errors: 1, cooldownMs: 1000, longestMs: 60_000 } });
    const script = [fail(1, "a"), pass(1000), answer(1, "a"), pass(1000), fail(1, "a"), pass(1000), pool(1)];
    assert.deepEqual(play(start(1, service), ...script), ["a b"]);
  });

  test("never goes below the floor", () => {
    const service = appWith("a b c d", { ejection: { errors: 1, cooldownMs: 1000, floorPercent: 50 } });
    const script = [fail(1, "a"), fail(1, "b"), fail(1, "c"), fail(1, "d"), pool(1)];
    assert.deepEqual(play(start(1, service), ...script), ["c d"]);
  });

  test("leaves out a target whose share of errors is above that of the others, answers of 500 among them", () => {
    const service = appWith("a b c", { ejection: { errors: 1000, cooldownMs: 1000, sharePercent: 30 } });
    const answers = (target: string, ...statuses: readonly number[]) =>
      statuses.flatMap((status) => times(10, answer(1, target, status)));
    assert.deepEqual(
      play(
        start(2, service),
        ...[...answers("a", 200, 500, 500), ...answers("b", 200, 200, 500), ...answers("c", 200, 200, 200)],
        ...[pass(), pass(), pool(1), pool(2)],
      ),
      ["b c", "b c"],
    );
  });

  test("with all out, all are tried", () => {
    const service = appWith("a b", { ejection: { errors: 1, cooldownMs: 1000 } });
    assert.deepEqual(play(start(1, service), fail(1, "a"), pool(1), fail(1, "b"), pool(1), out(1)), [
      "b",
      "a b",
      "a ejected, b ejected",
    ]);
  });

  test("is known to a worker that takes another's place, however long ago it was told", () => {
    const service = appWith("a b", { ejection: { errors: 1, cooldownMs: 600_000 } });
    assert.deepEqual(
      play(start(2, service), fail(1, "a"), pass(), pass(300_000), replace(2), pool(2), pass(300_000), pool(2)),
      ["b", "a b"],
    );
  });

  test("outlives a change of the service", () => {
    const service = appWith("a b", { ejection: { errors: 1, cooldownMs: 1000 } });
    const larger = appWith("a b c", { ejection: { errors: 1, cooldownMs: 1000 } });
    assert.deepEqual(play(start(2, service), fail(1, "a"), pass(), change(larger), pool(2), pass(1000), pool(2)), [
      "b c",
      "a b c",
    ]);
  });
});

describe("ejection and verdicts together", () => {
  test("a target takes part when neither leaves it out", () => {
    const service = appWith("a b", { ejection: { errors: 1, cooldownMs: 1000 } });
    assert.deepEqual(
      play(
        start(1, service),
        ...[fail(1, "a"), post(1, { a: "status 500" }), out(1), pass(1000), pool(1), out(1), post(1, {}), pool(1)],
      ),
      [false, "a ejected, a: status 500", "b", "a: status 500", false, "a b"],
    );
  });

  test("what is down counts for the floor", () => {
    const service = appWith("a b c", { ejection: { errors: 1, cooldownMs: 1000, floorPercent: 60 } });
    assert.deepEqual(play(start(1, service), post(1, { a: "x" }), fail(1, "b"), pool(1)), [false, "b c"]);
  });
});
