import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PathObject } from "../../wire/mesh.ts";
import { choosePath, type Option, rankOf } from "./choice.ts";
import { answered, asked, isProven, judged, type PathHealth, unknownHealth } from "./health.ts";
import { askEveryMs } from "./schedule.ts";

const now = 100_000;
const health: fc.Arbitrary<PathHealth> = fc
  .record({
    proven: fc.boolean(),
    streak: fc.nat(5),
    roundTripMs: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    held: fc.boolean(),
    doubted: fc.boolean(),
  })
  .map(({ proven, streak, roundTripMs, held, doubted }) => ({
    ...unknownHealth,
    ...(proven && { provenSince: 0, streak }),
    ...(roundTripMs !== undefined && { roundTripMs }),
    ...(held && { heldUntil: now + 1 }),
    ...(doubted && { waiting: new Map([[1, now - 2_000]]) }),
  }));
const option: fc.Arbitrary<Option> = fc.record({ rank: fc.constantFrom(0, 1, 2, 3, 13), health });
const situation = fc
  .array(option, { minLength: 1, maxLength: 5 })
  .chain((options) => fc.record({ options: fc.constant(options), current: fc.nat(options.length - 1) }));

const proven = (rank: number, roundTripMs: number, more: Partial<PathHealth> = {}): Option => ({
  rank,
  health: { ...unknownHealth, provenSince: 0, streak: 3, roundTripMs, ...more },
});
const dark = (rank: number): Option => ({ rank, health: unknownHealth });

describe("the choice of a path", () => {
  test("moves packets only to a path that is proven", () => {
    fc.assert(
      fc.property(situation, ({ options, current }) => {
        const next = choosePath(options, current, now);
        assert.ok(next === current || isProven(options[next]!.health));
      }),
    );
  });

  test("stays on a dark path only while nothing is proven", () => {
    fc.assert(
      fc.property(situation, ({ options, current }) => {
        const next = choosePath(options, current, now);
        assert.ok(isProven(options[next]!.health) || options.every((one) => !isProven(one.health)));
      }),
    );
  });

  test("leaves a proven path only for one that is steady, not held back, and better or quicker", () => {
    fc.assert(
      fc.property(situation, ({ options, current }) => {
        const next = choosePath(options, current, now);
        const [from, to] = [options[current]!, options[next]!];
        if (!isProven(from.health) || next === current) return;
        assert.ok(to.health.streak >= 3 && to.health.heldUntil <= now);
        assert.ok(to.rank < from.rank || (to.rank === from.rank && to.health.roundTripMs! < from.health.roundTripMs!));
      }),
    );
  });

  test("settles: asked again at once, it says the same", () => {
    fc.assert(
      fc.property(situation, ({ options, current }) => {
        const next = choosePath(options, current, now);
        assert.equal(choosePath(options, next, now), next);
      }),
    );
  });

  test("the quickest of the relays that answer takes over from one that went dark", () => {
    assert.equal(choosePath([dark(0), dark(3), proven(3, 40), proven(3, 20)], 1, now), 3);
    const held = { heldUntil: now + 1 };
    assert.equal(choosePath([dark(3), proven(3, 40), proven(3, 20, held)], 0, now), 1);
  });

  test("a relay is left for another one only where that saves a quarter of the round trip and five milliseconds", () => {
    assert.equal(choosePath([proven(3, 100), proven(3, 76)], 0, now), 0);
    assert.equal(choosePath([proven(3, 100), proven(3, 74)], 0, now), 1);
    assert.equal(choosePath([proven(3, 6), proven(3, 2)], 0, now), 0);
  });

  test("what is to be avoided is left for any other path, and taken when there is none", () => {
    const via = (plane: PathObject["plane"], avoid: boolean): PathObject => {
      return { kind: "relay", plane, via: plane, probeAddress: "::1", ...(avoid && { avoid }) };
    };
    const drained = proven(rankOf(via("pwr1", true)), 10);
    assert.equal(choosePath([drained, proven(rankOf(via("pwr2", false)), 90)], 0, now), 1);
    assert.equal(choosePath([drained, dark(rankOf(via("pwr2", false)))], 1, now), 0);
  });

  test("with the preferred path losing a fifth of all packets each way, moves less than once in half a minute", () => {
    const losses = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(losses, (draws) => {
        const roundTripMs = 20;
        const options = [0, 3].map((rank) => ({ rank, health: unknownHealth }));
        let [current, moves] = [0, 0];
        for (let at = 0; at < 600_000; at += 50) {
          for (const [index, one] of options.entries()) {
            const place = {
              inUse: index === current,
              busy: true,
              preferred: index < current,
              needed: index !== current,
              awaited: false,
            };
            const askedAt = one.health.askedAt ?? -1e9;
            if (at - askedAt >= askEveryMs(one.health, place, at)) {
              const sequence = one.health.nextSequence;
              one.health = asked(one.health, at);
              if (index === 1 || draws.next().value! > 0.36)
                one.health = answered(one.health, sequence, at + roundTripMs);
            }
            one.health = judged(one.health, at + 30);
          }
          const next = choosePath(options, current, at + 30);
          if (next !== current) moves++;
          current = next;
        }
        assert.ok(moves < 20, `${moves} moves in ten minutes`);
      }),
      { numRuns: 5, seed: 1 },
    );
  });
});
