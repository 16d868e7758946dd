import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { choosePath } from "./choice.ts";
import { answered, asked, isProven, type PathHealth, probeEveryMs, provenMs, unknownHealth } from "./health.ts";

const now = 100_000;
const health: fc.Arbitrary<PathHealth> = fc
  .record({ age: fc.integer({ min: 0, max: 2 * provenMs }), streak: fc.nat(5), known: fc.boolean() })
  .map(({ age, streak, known }) => (known ? { ...unknownHealth, answeredAt: now - age, streak } : unknownHealth));
const situation = fc
  .array(health, { minLength: 1, maxLength: 4 })
  .chain((paths) => fc.record({ paths: fc.constant(paths), current: fc.nat(paths.length - 1) }));

describe("the choice of a path", () => {
  test("moves packets only to a path that is proven", () => {
    fc.assert(
      fc.property(situation, ({ paths, current }) => {
        const next = choosePath(paths, current, now);
        assert.ok(next === current || isProven(paths[next]!, now));
      }),
    );
  });

  test("stays on a dark path only while nothing is proven", () => {
    fc.assert(
      fc.property(situation, ({ paths, current }) => {
        const next = choosePath(paths, current, now);
        assert.ok(isProven(paths[next]!, now) || paths.every((path) => !isProven(path, now)));
      }),
    );
  });

  test("leaves a proven path only for a preferred one that is steady", () => {
    fc.assert(
      fc.property(situation, ({ paths, current }) => {
        const next = choosePath(paths, current, now);
        if (!isProven(paths[current]!, now) || next === current) return;
        assert.ok(next < current && paths[next]!.streak >= 3);
      }),
    );
  });

  test("settles: asked again at once, it says the same", () => {
    fc.assert(
      fc.property(situation, ({ paths, current }) => {
        const next = choosePath(paths, current, now);
        assert.equal(choosePath(paths, next, now), next);
      }),
    );
  });

  test("with the preferred path losing a fifth of all packets each way, moves less than once in ten seconds", () => {
    const losses = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 600, maxLength: 600 });
    fc.assert(
      fc.property(losses, (draws) => {
        let paths: PathHealth[] = [unknownHealth, unknownHealth];
        let [current, moves] = [0, 0];
        for (const [second, draw] of draws.entries()) {
          const at = second * probeEveryMs;
          const arrives = [draw > 0.36, true];
          paths = paths.map((path, index) => {
            const question = asked(path, at);
            return arrives[index] ? answered(question, path.nextSequence, at + 20) : question;
          });
          const next = choosePath(paths, current, at + 30);
          if (next !== current) moves++;
          current = next;
        }
        assert.ok(moves < 60, `${moves} moves in ten minutes`);
      }),
      { numRuns: 5, seed: 1 },
    );
  });
});
