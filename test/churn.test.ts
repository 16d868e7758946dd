import assert from "node:assert/strict";
import { test } from "node:test";
import { runDay } from "./churn/day.ts";

test("hosts that come, go, roam, crash and rotate end with exactly what compile says, and nothing is left behind", async () => {
  const counts = await runDay({ seed: 20261121, events: 400, hosts: 8, meanMs: 860, lookEvery: 200 });
  for (const kind of ["join", "leave", "roam", "apply", "cut", "crash", "rotate", "restart"])
    assert.ok(counts[kind]! > 0, `${kind} happened`);
});

test("a day that fails says how to have it again", async () => {
  await assert.rejects(
    runDay({ seed: 7, events: 1, hosts: -1, meanMs: 1, lookEvery: 1 }),
    /seed 7.*bench\/scale\/churn\.ts 7 1 -1/s,
  );
});
