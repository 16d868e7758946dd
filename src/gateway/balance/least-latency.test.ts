import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, serviceOf, targetsOf } from "../../../test/gateway/balancing.ts";
import { runBoth } from "../../../test/lua/both.ts";
import type { Service, Target } from "../world.ts";
import { costOf, fasterOfTwo } from "./least-latency.ts";
import { averageNow, begin, end, newLoad, observe } from "./load.ts";
import { randomBelow, seedRandom } from "./random.ts";

/** A request each ms, and how often each target got one; `takesMs` gives a target's time at a moment. */
function run(service: Service, times: number, takesMs: (target: Target, nowMs: number) => number, failing = "") {
  let running: { readonly target: Target; readonly startMs: number; readonly endMs: number }[] = [];
  return countsOf(times, (nowMs) => {
    const ended = running.filter(({ endMs }) => endMs <= nowMs);
    running = running.filter(({ endMs }) => endMs > nowMs);
    for (const { target, startMs } of ended) {
      end(service, target, nowMs - startMs, target.name === failing ? "failed" : "answered", nowMs);
    }
    const target = fasterOfTwo(service, nowMs)!;
    begin(service, target);
    running.push({ target, startMs: nowMs, endMs: nowMs + takesMs(target, nowMs) });
    return target;
  });
}

test("targets that are as fast share evenly", () => {
  for (const seed of [1, 2, 3]) {
    seedRandom(seed);
    const counts = run(serviceOf(targetsOf(1, 1, 1, 1)), 20_000, () => 5);
    for (const count of Object.values(counts)) assert.ok(Math.abs(count - 5000) < 500, JSON.stringify(counts));
  }
});

test("a slow target gets a fraction, and is still looked at", () => {
  for (const seed of [1, 2, 3]) {
    seedRandom(seed);
    const counts = run(serviceOf(targetsOf(1, 1, 1)), 30_000, ({ name }) => (name === "t0" ? 50 : 5));
    assert.ok(counts["t0"]! < 30_000 / 3 / 5, JSON.stringify(counts));
    assert.ok(counts["t0"]! > 3, JSON.stringify(counts));
  }
});

test("a target that recovers has its share again", () => {
  seedRandom(4);
  const service = serviceOf(targetsOf(1, 1, 1));
  run(service, 5000, ({ name }) => (name === "t0" ? 200 : 5));
  for (const { load } of service.targets) load.active = 0; // the first run's last requests
  for (const { load } of service.targets) load.observedMs -= 5000;
  run(service, 60_000, () => 5);
  for (const { load } of service.targets) load.active = 0;
  for (const { load } of service.targets) load.observedMs -= 60_000;
  const counts = run(service, 9000, () => 5);
  assert.ok(counts["t0"]! > 2000, JSON.stringify(counts));
});

test("a target that refuses at once does not draw the requests to it", () => {
  seedRandom(5);
  const counts = run(serviceOf(targetsOf(1, 1, 1)), 10_000, ({ name }) => (name === "t0" ? 1 : 20), "t0");
  assert.ok(counts["t0"]! < 500, JSON.stringify(counts));
});

test("a target that nobody knows yet gets one request, not all, until it has answered", () => {
  const [known, fresh] = targetsOf(1, 1) as [Target, Target];
  observe(known.load, 5, 0);
  assert.ok(costOf(fresh, 0) < costOf(known, 0));
  fresh.load.active = 1;
  known.load.active = 1000;
  assert.ok(costOf(fresh, 0) > costOf(known, 0));
});

test("a weight of two is as good as half the time", () => {
  const [light, heavy] = targetsOf(1, 2) as [Target, Target];
  observe(light.load, 9, 0);
  observe(heavy.load, 19, 0);
  assert.equal(costOf(light, 0), costOf(heavy, 0));
});

test("an average forgets: a third is left of a time after ten seconds without answers", () => {
  const load = newLoad();
  observe(load, 300, 1000);
  assert.ok(Math.abs(averageNow(load, 11_000) - 300 / Math.E) < 1e-9);
  observe(load, 0, 11_000);
  assert.ok(Math.abs(load.averageMs - 300 / Math.E) < 1e-9);
});

test("a client that goes away does not make its target look faster, nor known", () => {
  const service = serviceOf(targetsOf(1));
  const [target] = service.targets as [Target];
  begin(service, target);
  end(service, target, 3, "abandoned", 0);
  assert.ok(target.load.averageMs < 0);
  observe(target.load, 100, 0);
  begin(service, target);
  end(service, target, 3, "abandoned", 10);
  assert.ok(Math.abs(target.load.averageMs - 100) < 1e-9);
});

test("one target, or none, needs no draw", () => {
  const [one] = targetsOf(1) as [Target];
  assert.equal(fasterOfTwo(serviceOf([one]), 0), one);
  assert.equal(fasterOfTwo(serviceOf([]), 0), undefined);
});

test("draws are even, and Lua draws the same", async () => {
  seedRandom(7);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 50_000; i++) counts[randomBelow(5)]!++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, `${counts}`);
  await runBoth([
    { module: "gateway.balance.random", name: "seedRandom", args: [123_456] },
    ...Array.from({ length: 50 }, () => ({ module: "gateway.balance.random", name: "randomBelow", args: [1000] })),
  ]);
});
