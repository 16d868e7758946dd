import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "../../lib/clock.ts";
import { silentLog } from "../../lib/log.ts";
import type { HealthConfig, ServiceObject } from "../../wire/edge-service.ts";
import type { TargetDown } from "../../wire/edge-state.ts";
import { healthChecker } from "./checker.ts";

const health: HealthConfig = { check: { kind: "tcp" }, everyMs: 1000, timeoutMs: 500, rise: 2, fall: 2 };

function serviceOf(name: string, ports: readonly number[], changes: Partial<ServiceObject> = {}): ServiceObject {
  return {
    name,
    targets: ports.map((port) => ({ name: `t${port}`, address: "192.0.2.1", port })),
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 1000 },
    health,
    retries: 1,
    timeouts: { connectMs: 1, sendMs: 1, readMs: 1 },
    ...changes,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A checker on a clock of its own, whose targets answer as `problems` says by port. */
function setUp(known?: readonly TargetDown[], random = 0.5) {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => sleepers.delete(sleeper) && resolve(), { once: true });
      }),
  };
  const problems: Record<number, string> = {};
  const asked: string[] = [];
  let changes = 0;
  const checker = healthChecker({
    async ask({ port }) {
      asked.push(`${now} ${port}`);
      return problems[port];
    },
    clock,
    log: silentLog,
    random: () => random,
    known: () => known,
    onChange: () => changes++,
  });
  return {
    checker,
    problems,
    asked: () => asked.splice(0),
    changes: () => changes,
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        await settled();
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        now = next.at;
        sleepers.delete(next);
        next.wake();
      }
      now = end;
      await settled();
    },
    down: () => checker.down().map(({ service, target, reason }) => `${service}/${target}: ${reason}`),
  };
}

describe("the checker", () => {
  test("asks each target soon and then at its pace", async () => {
    const rig = setUp();
    rig.checker.follow([serviceOf("a", [1, 2]), serviceOf("b", [3], { health: { ...health, everyMs: 60_000 } })]);
    await rig.pass(2600);
    assert.deepEqual(rig.asked(), ["500 1", "500 2", "500 3", "1500 1", "1500 2", "2500 1", "2500 2"]);
  });

  test("strays from the pace by up to a tenth, so that questions do not fall into step", async () => {
    for (const [random, second] of [
      [0, 900],
      [1, 2100],
    ] as const) {
      const rig = setUp(undefined, random);
      rig.checker.follow([serviceOf("a", [1])]);
      await rig.pass(2200);
      assert.equal(rig.asked()[1], `${second} 1`);
    }
  });

  test("asks another port when it is told one, and services without health not at all", async () => {
    const rig = setUp();
    const { health: _, ...unchecked } = serviceOf("b", [2]);
    rig.checker.follow([serviceOf("a", [1], { health: { ...health, port: 9 } }), unchecked]);
    await rig.pass(600);
    assert.deepEqual(rig.asked(), ["500 9"]);
  });

  test("leaves a new target out at its first failure, and lets it back in after `rise` answers", async () => {
    const rig = setUp();
    rig.problems[2] = "status 500";
    rig.checker.follow([serviceOf("a", [1, 2])]);
    assert.deepEqual(rig.down(), []);
    await rig.pass(600);
    assert.deepEqual(rig.down(), ["a/t2: status 500"]);
    delete rig.problems[2];
    await rig.pass(1000);
    assert.deepEqual(rig.down(), ["a/t2: status 500"]);
    await rig.pass(1000);
    assert.deepEqual(rig.down(), []);
    assert.equal(rig.changes(), 2);
  });

  test("begins with what nginx goes by, and changes it after `rise` and `fall` answers", async () => {
    const rig = setUp([{ service: "a", target: "t1", reason: "status 500" }]);
    rig.problems[2] = "refused";
    rig.checker.follow([serviceOf("a", [1, 2])]);
    assert.deepEqual(rig.down(), ["a/t1: status 500"]);
    await rig.pass(600);
    assert.deepEqual(rig.down(), ["a/t1: status 500"]);
    await rig.pass(1000);
    assert.deepEqual(rig.down(), ["a/t2: refused"]);
    rig.problems[3] = "refused";
    rig.checker.follow([serviceOf("a", [1, 2, 3])]); // one that nobody knew
    await rig.pass(600);
    assert.deepEqual(rig.down(), ["a/t2: refused", "a/t3: refused"]);
  });

  test("keeps what is known of targets that stay, and forgets those that go", async () => {
    const rig = setUp();
    Object.assign(rig.problems, { 1: "x", 2: "x" });
    rig.checker.follow([serviceOf("a", [1, 2]), serviceOf("b", [1])]);
    await rig.pass(600);
    assert.deepEqual(rig.down(), ["a/t1: x", "a/t2: x", "b/t1: x"]);
    rig.checker.follow([serviceOf("a", [2, 3])]);
    assert.deepEqual(rig.down(), ["a/t2: x"]);
    rig.asked();
    await rig.pass(1000);
    assert.deepEqual(rig.asked(), ["1100 3", "1500 2"]);
    rig.checker.follow([serviceOf("a", [2, 3], { balance: "leastLatency" })]);
    await rig.pass(1000);
    assert.deepEqual(rig.asked(), ["2100 3", "2500 2"]);
    rig.checker.follow([]);
    assert.deepEqual(rig.down(), []);
    await rig.pass(5000);
    assert.deepEqual(rig.asked(), []);
  });

  test("lets the first answer of another check decide; until then the last one counts", async () => {
    const rig = setUp();
    rig.problems[1] = "status 404";
    rig.checker.follow([serviceOf("a", [1])]);
    await rig.pass(600);
    rig.checker.follow([serviceOf("a", [1], { health: { ...health, port: 9 } })]);
    assert.deepEqual(rig.down(), ["a/t1: status 404"]);
    await rig.pass(600);
    assert.deepEqual(rig.down(), []);
  });

  test("asks nobody once it is closed, and heeds no answer that comes later", async () => {
    const rig = setUp();
    rig.problems[1] = "x";
    rig.checker.follow([serviceOf("a", [1])]);
    await rig.pass(400);
    rig.checker.close();
    rig.checker.follow([serviceOf("a", [1, 2])]);
    await rig.pass(5000);
    assert.deepEqual([rig.asked(), rig.down(), rig.changes()], [[], [], 0]);
  });
});
