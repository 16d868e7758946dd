import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countsOf, serviceOf, targetsOf } from "../../../test/gateway/balancing.ts";
import type { Target } from "../world.ts";
import { leastConnected, loadOf } from "./least-connections.ts";
import { begin, end } from "./load.ts";

test("the target with the fewest requests for its weight takes the next one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ weight: fc.integer({ min: 1, max: 9 }), active: fc.nat(20) }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.nat(20),
      (parts, turns) => {
        const targets = targetsOf(...parts.map(({ weight }) => weight));
        parts.forEach(({ active }, index) => {
          targets[index]!.load.active = active;
        });
        const service = serviceOf(targets);
        for (let i = 0; i <= turns; i++) {
          assert.equal(loadOf(leastConnected(service)!), Math.min(...targets.map(loadOf)));
        }
      },
    ),
  );
});

test("of targets with as few, each has its turn, by weight", () => {
  const service = serviceOf(targetsOf(2, 1));
  assert.deepEqual(
    countsOf(300, () => leastConnected(service)),
    { t0: 200, t1: 100 },
  );
  assert.equal(leastConnected(serviceOf([])), undefined);
});

test("a target ten times as slow gets a tenth of what another gets", () => {
  const service = serviceOf(targetsOf(1, 1, 1));
  const takesMs: Record<string, number> = { t0: 20, t1: 20, t2: 200 };
  let running: { readonly target: Target; readonly endMs: number }[] = [];
  const counts = countsOf(20_000, (nowMs) => {
    const ended = running.filter(({ endMs }) => endMs === nowMs);
    running = running.filter(({ endMs }) => endMs > nowMs);
    for (const { target } of ended) end(service, target, 1, "answered", nowMs);
    const target = leastConnected(service)!;
    begin(service, target);
    running.push({ target, endMs: nowMs + takesMs[target.name]! });
    return target;
  });
  assert.ok(Math.abs(counts["t0"]! / counts["t2"]! - 10) < 1, JSON.stringify(counts));
  assert.ok(Math.abs(counts["t0"]! - counts["t1"]!) < 100, JSON.stringify(counts));
});

test("what is in flight is what began and did not end", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 60 }), (steps) => {
      const service = serviceOf(targetsOf(1, 1, 1));
      const running: Target[] = [];
      for (const step of steps) {
        if (step > 3 && running.length > 0) end(service, running.splice(step % running.length, 1)[0]!, 1, "failed", 0);
        else {
          running.push(leastConnected(service)!);
          begin(service, running.at(-1)!);
        }
        assert.equal(service.inFlight.count, running.length);
        for (const target of service.targets) {
          assert.equal(target.load.active, running.filter((one) => one === target).length);
        }
      }
    }),
  );
});
