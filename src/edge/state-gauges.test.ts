import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayState } from "../wire/edge-state.ts";
import { stateGauges } from "./state-gauges.ts";

const empty: GatewayState = { revision: 1, digest: "", workers: [], ejected: [] };

test("breakers, targets that are left out and connections are gauges", () => {
  assert.deepEqual(stateGauges(undefined), {});
  const gauges = stateGauges({
    ...empty,
    breakers: [{ service: "a", state: "open", active: 3 }],
    ejected: [{ service: "a", target: "one", untilMs: 1 }],
    down: [
      { service: "a", target: "two", reason: "status 500" },
      { service: "a", target: "three", reason: "status 500" },
    ],
    connections: { active: 4 },
  });
  assert.deepEqual(gauges, {
    "portway_breaker_state|service=a,state=closed": 0,
    "portway_breaker_state|service=a,state=halfOpen": 0,
    "portway_breaker_state|service=a,state=open": 1,
    "portway_breaker_active|service=a": 3,
    "portway_targets_out|service=a,reason=ejected": 1,
    "portway_targets_out|service=a,reason=health": 2,
    "portway_connections|state=active": 4,
  });
});

test("beyond a thousand services they share `other`, whatever the order in which they are told", () => {
  const names = Array.from({ length: 1_500 }, (_, i) => `s${String(i).padStart(4, "0")}`);
  const breakers = names.map((service) => ({ service, state: "open" as const, pending: 2 }));
  const gauges = stateGauges({ ...empty, breakers });
  assert.deepEqual(stateGauges({ ...empty, breakers: breakers.toReversed() }), gauges);
  assert.equal(Object.keys(gauges).length, 4 * 1_001);
  assert.equal(gauges["portway_breaker_state|service=s0999,state=open"], 1);
  assert.equal(gauges["portway_breaker_state|service=other,state=open"], 500);
  assert.equal(gauges["portway_breaker_pending|service=other"], 1_000);
});
