import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countsOf, serviceOf, targetOf, targetsOf } from "../../../test/gateway/balancing.ts";
import { runBoth } from "../../../test/lua/both.ts";
import type { Target } from "../world.ts";
import { hashedFurther, hashedTarget, mixed, newHashTable, textHash } from "./hash.ts";
import { begin } from "./load.ts";

const keys = Array.from({ length: 40_000 }, (_, index) => textHash(`user-${index}`));

/** The target of each key, with nothing in flight. */
function placesOf(targets: readonly Target[]): (Target | undefined)[] {
  const service = serviceOf(targets);
  const table = newHashTable(125);
  return keys.map((key) => hashedTarget(service, table, key));
}

test("a key always has the same target, whatever the order of targets", () => {
  const targets = targetsOf(1, 1, 1, 1, 1);
  assert.deepEqual(placesOf(targets), placesOf([...targets].reverse()));
});

test("targets share the keys evenly, and by weight", () => {
  for (const weights of [
    [1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    [4, 2, 1, 1],
  ]) {
    const places = placesOf(targetsOf(...weights));
    const counts = countsOf(keys.length, (turn) => places[turn]);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, index) => {
      const off = counts[`t${index}`]! / ((keys.length * weight) / sum) - 1;
      assert.ok(Math.abs(off) < 0.1, `${weights}: t${index} is ${off} off`);
    });
  }
});

test("a target that goes moves its own keys alone; when it comes back they are as before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(8), (count, gone) => {
      const targets = targetsOf(...Array.from({ length: count }, (_, index) => (index % 3) + 1));
      const lost = targets[gone % count]!;
      const before = placesOf(targets);
      const after = placesOf(targets.filter((target) => target !== lost));
      before.forEach((target, index) => {
        if (target !== lost) assert.equal(after[index], target);
        else assert.notEqual(after[index], lost);
      });
      assert.deepEqual(placesOf(targets), before);
    }),
    { numRuns: 12 },
  );
});

test("a new target takes its share of the keys, from all others alike", () => {
  const targets = targetsOf(1, 1, 1);
  const before = placesOf(targets);
  const after = placesOf([...targets, targetOf("new")]);
  const moved = before.filter((target, index) => target !== after[index]);
  assert.ok(Math.abs(moved.length / keys.length - 1 / 4) < 0.02, `${moved.length}`);
  assert.ok(after.every((target, index) => target === before[index] || target?.name === "new"));
  for (const count of Object.values(countsOf(moved.length, (turn) => moved[turn]))) {
    assert.ok(Math.abs(count / moved.length - 1 / 3) < 0.05);
  }
});

test("no target has more in flight than the bound times its share, whatever clients ask for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 }),
      fc.array(fc.nat(3), { minLength: 50, maxLength: 400 }),
      fc.constantFrom(101, 125, 200),
      (weights, wanted, boundPercent) => {
        const service = serviceOf(targetsOf(...weights));
        const table = newHashTable(boundPercent);
        const sum = weights.reduce((total, weight) => total + weight, 0);
        for (const key of wanted) begin(service, hashedTarget(service, table, key)!);
        service.targets.forEach(({ weight, load }) => {
          const bound = Math.ceil(((boundPercent / 100) * service.inFlight.count * weight) / sum);
          assert.ok(load.active <= Math.max(8, bound), `${load.active} of ${service.inFlight.count}, bound ${bound}`);
        });
      },
    ),
  );
});

test("what a busy target cannot take goes to one other target, until that is busy too", () => {
  const service = serviceOf(targetsOf(1, 1, 1, 1));
  const table = newHashTable(125);
  const order: string[] = [];
  for (let i = 0; i < 40; i++) {
    const target = hashedTarget(service, table, 77)!;
    begin(service, target);
    if (!order.includes(target.name)) order.push(target.name);
  }
  assert.ok(order.length >= 3, `${order}`);
  const [first, second] = order.map((name) => service.targets.find((target) => target.name === name)!);
  assert.equal(hashedFurther(service, 77, [first!], 1), second, "and so does what it fails");
});

test("a further try goes down the key's own order; with all tried there is none", () => {
  const service = serviceOf(targetsOf(1, 1, 1));
  const tried: Target[] = [];
  for (let tries = 0; tries < 3; tries++) {
    const next = hashedFurther(service, 5, tried, tries)!;
    assert.ok(!tried.includes(next));
    tried.push(next);
  }
  assert.equal(hashedTarget(service, newHashTable(125), 5), tried[0]);
  assert.equal(hashedFurther(service, 5, tried, 3), undefined);
  assert.equal(hashedTarget(serviceOf([]), newHashTable(125), 5), undefined);
});

test("Lua hashes the same", async () => {
  const call = (name: string, ...args: unknown[]) => ({ module: "gateway.balance.hash", name, args });
  await runBoth([
    ...[0, 1, 77, 16_383, 2 ** 31 - 2].flatMap((a) => [0, 12_345, 2 ** 31 - 2].map((b) => call("mixed", a, b))),
    ...["", "api-1", "http://192.0.2.1:8080"].map((text) => call("textHash", text)),
  ]);
  const targets = targetsOf(1, 2, 3).map(({ name, weight, seed, load }) => ({ name, weight, seed, load }));
  await runBoth([
    { module: "probe", name: "table", args: [{ pool: targets, inFlight: { count: 0 } }], as: "service" },
    { ...call("newHashTable", 125), as: "table" },
    ...keys.slice(0, 60).flatMap((key) => [
      { ...call("hashedTarget", { $: "service" }, { $: "table" }, key), as: "target" },
      { module: "probe", name: "field", args: [{ $: "target" }, "name"] },
    ]),
  ]);
});

test("two numbers are mixed well: each bit of the second turns each bit of the result about every other time", () => {
  for (let bit = 0; bit < 14; bit++) {
    let turned = 0;
    for (let i = 0; i < 500; i++) {
      const difference = mixed(i * 7919, i) ^ mixed(i * 7919, i ^ (1 << bit));
      for (let other = 0; other < 31; other++) turned += (difference >> other) & 1;
    }
    assert.ok(Math.abs(turned / (500 * 31) - 0.5) < 0.05, `bit ${bit}: ${turned / (500 * 31)}`);
  }
});
