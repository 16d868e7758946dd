import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceObject } from "../wire/edge-service.ts";
import { drainedTargets, drainsIn } from "./drains.ts";

const service = (name: string, ...targets: readonly string[]) =>
  ({ name, targets: targets.map((target) => ({ name: target })) }) as unknown as ServiceObject;

test("drains are an object of control's; without it there are none", () => {
  const drains = [{ kind: "host", name: "api-1", endMs: 5 }];
  assert.deepEqual(drainsIn({ drains: JSON.stringify(drains) }), drains);
  assert.deepEqual(drainsIn({}), []);
});

test("a drained host's targets are left out of every service, unless they are already", () => {
  const services = [service("a", "api-1", "api-2"), service("b", "api-1")];
  const drains = [
    { kind: "host", name: "api-1", endMs: 5 },
    { kind: "route", name: "api-2", endMs: 5 },
  ] as const;
  const known = [{ service: "b", target: "api-1", reason: "status 503" }];
  assert.deepEqual(drainedTargets(services, drains, known), [{ service: "a", target: "api-1", reason: "drained" }]);
  assert.deepEqual(drainedTargets(services, [], known), []);
});
