import assert from "node:assert/strict";
import { test } from "node:test";
import { createHappenings, pathHappening, repairHappening } from "./happenings.ts";

test("happenings are told until they arrived, and the last hundred are kept", () => {
  const happenings = createHappenings(() => 1);
  happenings.add("path.moved", "api-1", "first");
  const told = happenings.pending();
  happenings.add("path.moved", "api-1", "second");
  happenings.arrived(told);
  assert.deepEqual(happenings.pending(), [{ id: 1001, kind: "path.moved", subject: "api-1", text: "second" }]);
  for (let count = 0; count < 200; count++) happenings.add("path.moved", "api-1", "more");
  assert.equal(happenings.pending().length, 100);
});

test("a repair says what was put right, each kind once", () => {
  const route = (to: string) => ({ kind: "ip", words: ["route", "add", to] }) as const;
  const [kind, subject, text] = repairHappening("api-1", [
    { kind: "firewall", text: "table inet portway" },
    route("10.77.0.2/32"),
    route("10.77.0.3/32"),
  ]);
  assert.deepEqual([kind, subject], ["host.repaired", "api-1"]);
  assert.match(text, /: firewall, addresses and routes \(2\)$/);
});

test("a pair's path is told when it is used, and when nothing comes back by it", () => {
  const path = { plane: "pwr1", kind: "relay", via: "relay-1", probeAddress: "fd::1" } as const;
  const reach = { path, isDark: false, steadyPlanes: [], proven: true };
  assert.deepEqual(pathHappening("db-1", reach), ["path.used", "db-1", "db-1 is reached through relay-1 (pwr1)"]);
  assert.equal(pathHappening("db-1", { ...reach, proven: false })[0], "path.dark");
});
