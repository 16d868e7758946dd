import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sharedDict } from "../../test/lua/shared-dict.ts";
import {
  type BreakerRules,
  judgeShare,
  newBreaker,
  noProbe,
  noteOutcome,
  readBreaker,
  returnProbe,
  takeProbe,
} from "./breaker.ts";
import type { SharedCounts } from "./shared-counts.ts";
import { countInto, handOver } from "./tally.ts";

const rules: BreakerRules = {
  errors: 3,
  sharePercent: 0,
  leastRequests: 10,
  windowMs: 10_000,
  cooldownMs: 1_000,
  probes: 2,
};

/** Two workers on one clock. */
function twoWorkers(changes: Partial<BreakerRules> = {}) {
  handOver(sharedDict<SharedCounts>(), 0); // what a test before this one left
  const shared = sharedDict<SharedCounts>();
  const turns: string[] = [];
  const onTurn = (_service: string, state: string, reason: string) => void turns.push(`${state} ${reason}`);
  const clock = { now: 5_000_000 };
  const workers = [0, 1].map(() => newBreaker("app", { ...rules, ...changes }, undefined, undefined));
  const tick = () => {
    for (const worker of workers) readBreaker(shared, worker);
  };
  return {
    ...{ shared, turns, clock, workers, tick },
    one: workers[0]!,
    two: workers[1]!,
    /** A whole request on a worker: what became of it, or `refused`. */
    request(worker: number, isFailure: boolean): "passed" | "refused" {
      const breaker = workers[worker]!;
      const { generation, openUntilMs } = breaker;
      if (openUntilMs > clock.now) return "refused";
      if (openUntilMs !== 0 && takeProbe(shared, breaker, clock.now, onTurn) === noProbe) return "refused";
      countInto(breaker.tally, isFailure);
      noteOutcome(shared, breaker, generation, isFailure, clock.now, onTurn);
      return "passed";
    },
    judge() {
      handOver(shared, clock.now);
      for (const worker of workers) judgeShare(shared, worker, clock.now, onTurn);
    },
    onTurn,
  };
}

test("failures in a row open it, whichever worker had them; a success in between begins anew", () => {
  const { one, tick, two, request, turns } = twoWorkers();
  request(0, true);
  request(1, true);
  request(0, false);
  request(0, true);
  request(1, true);
  assert.equal(one.openUntilMs, 0);
  request(1, true);
  tick();
  assert.ok(one.openUntilMs > 0 && two.openUntilMs === one.openUntilMs);
  assert.deepEqual(turns, ["open errors"]);
  assert.equal(request(0, false), "refused");
});

test("after its cooldown it lets so many probes through, over all workers, and closes when all succeed", () => {
  const { clock, tick, request, turns, one } = twoWorkers();
  for (let i = 0; i < 3; i++) request(0, true);
  tick();
  clock.now += 1_000;
  assert.deepEqual([request(0, false), request(1, false)], ["passed", "passed"]);
  tick();
  assert.equal(one.openUntilMs, 0);
  assert.deepEqual(turns, ["open errors", "halfOpen cooldown", "closed probes"]);
  assert.equal(request(0, true), "passed");
});

test("a probe that fails opens it for another cooldown", () => {
  const { clock, tick, request, turns, one } = twoWorkers();
  for (let i = 0; i < 3; i++) request(0, true);
  tick();
  clock.now += 1_000;
  request(1, true);
  tick();
  assert.equal(one.openUntilMs, clock.now + 1_000);
  assert.deepEqual(turns.at(-1), "open probe");
});

test("no more than the set number of probes at a time, a returned one makes room, each cooldown brings a new round", () => {
  const { shared, clock, tick, one, two, onTurn, request } = twoWorkers();
  for (let i = 0; i < 3; i++) request(0, true);
  tick();
  clock.now += 1_000;
  const none = [noProbe, noProbe];
  const take = () => [one, two].map((worker) => takeProbe(shared, worker, clock.now, onTurn));
  const first = take();
  assert.deepEqual([first, take()], [[0, 0], none]);
  returnProbe(shared, one, one.generation, first[0]!);
  assert.deepEqual(take(), [0, noProbe]);
  clock.now += 1_000;
  assert.deepEqual([take(), take()], [[1, 1], none]);
  returnProbe(shared, one, one.generation, first[1]!);
  assert.deepEqual(take(), none);
  clock.now += 1_000;
  assert.deepEqual([take(), take()], [[2, 2], none]);
});

test("what was let through before it turned says nothing of it afterwards", () => {
  const { shared, clock, tick, one, onTurn, request, turns } = twoWorkers();
  const before = one.generation;
  for (let i = 0; i < 3; i++) request(0, true);
  tick();
  for (let i = 0; i < 5; i++) noteOutcome(shared, one, before, false, clock.now, onTurn);
  for (let i = 0; i < 5; i++) noteOutcome(shared, one, before, true, clock.now, onTurn);
  assert.deepEqual(turns, ["open errors"]);
});

test("two workers that come to the same end turn it once", () => {
  const { shared, clock, one, two, onTurn, turns } = twoWorkers();
  for (let i = 0; i < 3; i++) noteOutcome(shared, one, 0, true, clock.now, onTurn);
  noteOutcome(shared, two, 0, true, clock.now, onTurn); // it has not read yet that it is open
  assert.deepEqual(turns, ["open errors"]);
});

test("the share of failures over the window opens it, once there were enough requests", () => {
  const { clock, request, judge, turns } = twoWorkers({ errors: 0, sharePercent: 50 });
  for (let i = 0; i < 9; i++) request(i % 2, true);
  judge();
  assert.deepEqual(turns, []);
  clock.now += 12_000; // these are out of the window
  for (let i = 0; i < 12; i++) request(i % 2, i % 3 === 0);
  judge();
  assert.deepEqual(turns, []);
  clock.now += 3_000;
  for (let i = 0; i < 8; i++) request(i % 2, true);
  judge();
  assert.deepEqual(turns, ["open share"]);
});

test("whatever happens: refused while open and no request else when closed, states follow each other in their order", () => {
  const step = fc.record({ worker: fc.nat(1), isFailure: fc.boolean(), waitMs: fc.nat(600), tick: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const { clock, tick, request, judge, turns, workers } = twoWorkers({ sharePercent: 70 });
      for (const one of steps) {
        clock.now += one.waitMs;
        if (one.tick) {
          judge();
          tick();
        }
        const { openUntilMs } = workers[one.worker]!;
        const outcome = request(one.worker, one.isFailure);
        if (openUntilMs > clock.now) assert.equal(outcome, "refused");
        if (openUntilMs === 0) assert.equal(outcome, "passed");
      }
      const states = turns.map((turn) => turn.split(" ")[0]);
      const follows: Readonly<Record<string, readonly string[]>> = {
        closed: ["open"],
        open: ["halfOpen", "open"],
        halfOpen: ["open", "closed"],
      };
      states.reduce((before, state) => {
        assert.ok(follows[before!]!.includes(state!), states.join(", "));
        return state;
      }, "closed");
    }),
  );
});
