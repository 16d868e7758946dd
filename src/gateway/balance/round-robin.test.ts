import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";

/** Names of the targets that `times` requests in a row get, of a service of `t0`, `t1`, …. */
async function firsts(count: number, times: number): Promise<unknown[]> {
  const turns = Array.from({ length: count }, (_, index) => ({ name: `t${index}` }));
  const results = await runBoth([
    { module: "probe", name: "table", args: [{ turns, cursor: -1 }], as: "service" },
    ...Array.from({ length: times }, () => [
      { module: "gateway.balance.round-robin", name: "firstTarget", args: [{ $: "service" }], as: "target" },
      { module: "probe", name: "field", args: [{ $: "target" }, "name"] },
    ]).flat(),
  ]);
  return Array.from({ length: times }, (_, index) => results[2 + 2 * index]);
}

test("each target in turn", async () => {
  assert.deepEqual(await firsts(3, 7), ["t0", "t1", "t2", "t0", "t1", "t2", "t0"]);
  assert.deepEqual(await firsts(1, 3), ["t0", "t0", "t0"]);
});

test("a service without targets has none to give", async () => {
  assert.deepEqual(await firsts(0, 1), [null]);
});
