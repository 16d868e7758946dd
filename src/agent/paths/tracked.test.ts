import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PairObject } from "../../wire/mesh.ts";
import { answered } from "./health.ts";
import { decide, due, stir, type TrackedPair, trackPair, wasAsked } from "./tracked.ts";

const tickMs = 100;
const pairOf = (host: string): PairObject => ({
  ...{ host, prefixes: [] },
  paths: (["pwr1", "pwr2"] as const).map((plane, index) => {
    return { kind: "relay", plane, via: `relay-${index + 1}`, probeAddress: `fd::${index}` };
  }),
});

/** Hosts whose relays answer after 20 ms until one goes dark, by a clock of its own. */
function world(count: number) {
  let now = 0;
  const pairs = Array.from({ length: count }, (_, index) =>
    trackPair(pairOf(`host-${index}`), undefined, undefined, now, count),
  );
  const it = {
    now: () => now,
    pairs,
    busy: new Set<TrackedPair>(),
    dark: "",
    /** The most questions of one tick since the last call, and all of them. */
    counts: () => {
      const told = { most, all };
      most = all = 0;
      return told;
    },
    pass(ms: number) {
      for (const end = now + ms; now < end; now += tickMs) {
        let questions = 0;
        for (const pair of pairs) {
          stir(pair, it.busy.has(pair), now);
          for (const tracked of due(pair, now)) {
            questions++;
            const sequence = tracked.health.nextSequence;
            wasAsked(tracked, now);
            if (tracked.path.plane !== it.dark) tracked.health = answered(tracked.health, sequence, now + 20);
          }
          decide(pair, now);
        }
        most = Math.max(most, questions);
        all += questions;
      }
    },
    planes: () => new Set(pairs.map(({ paths, current }) => paths[current]!.path.plane)),
  };
  let [most, all] = [0, 0];
  return it;
}

describe("the questions of many pairs", () => {
  test("the two thousand paths of idle pairs are asked some 450 times a second, never all at once", () => {
    const it = world(1_000);
    it.pass(30_000);
    const first = it.counts();
    assert.ok(first.most <= 700, `${first.most} at once while they are new`);
    it.pass(60_000);
    const { most, all } = it.counts();
    assert.ok(most <= 150, `${most} at once`);
    assert.ok(all / 60 >= 400 && all / 60 <= 500, `${all / 60} a second`);
  });

  test("a relay that dies is left by all of them, by those with packets within two seconds", () => {
    const it = world(1_000);
    const [first] = it.pairs;
    it.busy.add(first!);
    it.pass(30_000);
    const dark = first!.paths[first!.current]!.path.plane;
    it.dark = dark;
    it.pass(2_500);
    assert.notEqual(first!.paths[first!.current]!.path.plane, dark);
    it.pass(5_000);
    assert.ok(!it.planes().has(dark));
    assert.ok(it.counts().most <= 800, "spread over their turns");
  });

  test("a pair that was idle when its relay died leaves it one and a half seconds after its first packet", () => {
    for (let idleMs = 0; idleMs < 5_000; idleMs += tickMs) {
      const it = world(1);
      it.pass(30_000);
      const [pair] = it.pairs;
      const dark = pair!.paths[pair!.current]!.path.plane;
      it.dark = dark;
      it.pass(idleMs);
      it.busy.add(pair!);
      it.pass(1_500);
      assert.ok(!it.planes().has(dark), `${idleMs} ms after the relay died`);
    }
  });
});
