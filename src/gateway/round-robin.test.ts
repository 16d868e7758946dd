import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

interface Target {
  readonly name: string;
}

/** A service of `t0`, `t1`, …, of which some take part. */
function serviceOf(count: number, healthy: readonly number[]) {
  const targets: Target[] = Array.from({ length: count }, (_, index) => ({ name: `t${index}` }));
  return { targets, healthy: healthy.map((index) => targets[index]!), cursor: -1 };
}

/** Names of the targets that `times` requests in a row get. */
function firsts(count: number, healthy: readonly number[], times: number): Promise<unknown[]> {
  return picks(count, healthy, Array(times).fill({ name: "firstTarget", module: "gateway.round-robin", args: [] }));
}

async function picks(
  count: number,
  healthy: readonly number[],
  calls: readonly { readonly module: string; readonly name: string; readonly args: readonly unknown[] }[],
): Promise<unknown[]> {
  const results = await runBoth([
    { module: "probe", name: "table", args: [serviceOf(count, healthy)], as: "service" },
    ...calls.flatMap((call) => [
      { ...call, args: [{ $: "service" }, ...call.args], as: "target" },
      { module: "probe", name: "field", args: [{ $: "target" }, "name"] },
    ]),
  ]);
  return calls.map((_, index) => results[2 + 2 * index]);
}

test("each target in turn", async () => {
  assert.deepEqual(await firsts(3, [0, 1, 2], 7), ["t0", "t1", "t2", "t0", "t1", "t2", "t0"]);
  assert.deepEqual(await firsts(1, [0], 3), ["t0", "t0", "t0"]);
});

test("targets that do not take part get nothing, and their share goes to all others", async () => {
  assert.deepEqual(await firsts(4, [0, 2, 3], 6), ["t0", "t2", "t3", "t0", "t2", "t3"]);
});

test("with every target out all are used", async () => {
  assert.deepEqual(await firsts(2, [], 4), ["t0", "t1", "t0", "t1"]);
});

test("a service without targets has none to give", async () => {
  assert.deepEqual(await firsts(0, [], 1), [null]);
});
