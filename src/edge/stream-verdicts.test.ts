import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { TargetName } from "../wire/edge-state.ts";
import { type CheckedService, checkedServices, targetKey, withListeners } from "./health/checked.ts";
import { keptVerdicts, streamVerdicts } from "./stream-verdicts.ts";

const service = (name: string, ...targets: readonly string[]): CheckedService => ({
  name,
  targets: targets.map((target) => ({ name: target, address: "10.0.0.1", port: 1 })),
});
const services = [service("db", "a", "b", "c"), service("mail", "m")];

function setUp() {
  let now = 0;
  const verdicts = streamVerdicts({ monotonic: () => now });
  return {
    dueMs: verdicts.dueMs,
    pass(ms: number) {
      now += ms;
    },
    /** Those of `db` that are left out. */
    leftOut(...down: readonly string[]) {
      const told = down.map((target) => ({ service: "db", target }));
      return [...verdicts.leftOut(services, told)].map((key) => key.slice(3)).sort();
    },
  };
}

test("a target that is down goes out at once, and is back as soon as it is well, the first time", () => {
  const { leftOut, dueMs } = setUp();
  assert.deepEqual(leftOut("a"), ["a"]);
  assert.deepEqual(leftOut("a", "b"), ["a", "b"]);
  assert.equal(dueMs(), Infinity);
  assert.deepEqual(leftOut(), []);
});

test("a service whose targets are all down has all of them", () => {
  const { leftOut } = setUp();
  assert.deepEqual(leftOut("a", "b", "c"), []);
  assert.deepEqual(leftOut("a", "b"), ["a", "b"]);
});

test("a target that comes and goes waits the longer, and no more once it was quiet for long", () => {
  const { leftOut, dueMs, pass } = setUp();
  leftOut("a");
  assert.deepEqual(leftOut(), []);
  leftOut("a");
  assert.deepEqual(leftOut(), ["a"]);
  assert.equal(dueMs(), 10_000);
  pass(10_000);
  assert.deepEqual(leftOut(), []);
  leftOut("a");
  assert.deepEqual(leftOut(), ["a"]);
  assert.equal(dueMs(), 20_000);
  pass(60_000);
  assert.deepEqual(leftOut(), []);
  leftOut("a");
  pass(10_000);
  assert.deepEqual(leftOut(), []);
});

test("no target waits when it is all that its service has", () => {
  const { leftOut, dueMs } = setUp();
  leftOut("a");
  leftOut();
  leftOut("a");
  assert.deepEqual(leftOut("b", "c"), ["b", "c"]);
  assert.equal(dueMs(), Infinity);
});

test("whatever is said, no service is without a target, and none that is down and need not be used is in", () => {
  const some = fc.subarray(["a", "b", "c"]);
  fc.assert(
    fc.property(fc.array(fc.tuple(some, fc.nat(30_000))), (steps) => {
      const { leftOut, pass } = setUp();
      for (const [down, ms] of steps) {
        const out = leftOut(...down);
        assert.ok(out.length < 3);
        if (down.length < 3) for (const one of down) assert.ok(out.includes(one));
        pass(ms);
      }
    }),
  );
});

test("services of listeners are looked after beside the snapshot's, one that is in both once", () => {
  const gateway = [service("web", "w"), services[0]!];
  const names = checkedServices(gateway, services).map(({ name }) => name);
  assert.deepEqual(names, ["web", "db", "mail"]);
  assert.equal(checkedServices(gateway, []), gateway);
  const texts = new Set<TargetName>([
    { service: "a", target: "b/c" },
    { service: "a/b", target: "c" },
  ]);
  assert.equal(new Set([...texts].map(targetKey)).size, 2);
});

test("who is left out is known to the next edge, and written only when it changes", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-verdicts-"));
  const path = join(folder, "left-out.json");
  try {
    const first = keptVerdicts(path);
    assert.equal(first.known, undefined);
    first.keep([]);
    assert.equal(existsSync(path), false);
    const down = [{ service: "db", target: "a", reason: "connection refused" }];
    first.keep(down);
    assert.deepEqual(keptVerdicts(path).known, down);
    const second = keptVerdicts(path);
    second.keep([]);
    assert.deepEqual(keptVerdicts(path).known, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what the gateway cannot know is said beside what it says", () => {
  const one = (service: string) => ({ service, target: "a", reason: "connection refused" });
  const said = { revision: 1, digest: "", workers: [], ejected: [], down: [one("web")] };
  const gateway = [service("web", "a")];
  assert.deepEqual(withListeners(said, gateway, [one("web"), one("db")])?.down, [one("web"), one("db")]);
  assert.equal(withListeners(said, gateway, [one("web")]), said);
  assert.equal(withListeners(undefined, gateway, [one("db")]), undefined);
});
