import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Desired, type HostState, nothingDesired, nothingState } from "../desired.ts";
import { createLag } from "./lag.ts";

const state = (digest: string): HostState => ({ objects: {}, digest });
const desired = (revision: number, mesh: Readonly<Record<string, HostState>>): Desired => ({
  revision,
  hosts: new Map(Object.entries(mesh).map(([host, one]) => [host, { mesh: one, edge: nothingState }])),
  warnings: [],
});

const nobody: Desired = { ...nothingDesired, revision: 1 };

/** A lag of hosts of which `there` have a stream, by a clock that `pass` moves. */
function lagOf(...there: readonly string[]) {
  let now = 0;
  const took: (readonly [string, number])[] = [];
  const lag = createLag(
    { monotonic: () => now },
    { of: (host) => ({ streams: there.includes(host) ? ["mesh"] : [] }) },
    { inForce: (part, ms) => took.push([part, ms]) },
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { lag, took, pass };
}

suite("the lag of hosts", () => {
  const first = desired(5, { a: state("a1"), b: state("b1") });

  test("is measured from a change to the word of the host that it is in force", () => {
    const { lag, took, pass } = lagOf("a", "b");
    lag.compiled(nobody, first);
    pass(30);
    lag.heard("a", "mesh", 4);
    lag.heard("a", "edge", 5);
    assert.equal(lag.behind().length, 2);
    lag.heard("a", "mesh", 5);
    assert.deepEqual(took, [["mesh", 30]]);
    assert.deepEqual(lag.behind(), [{ host: "b", part: "mesh", revision: 5, forMs: 30 }]);
  });

  test("is of the hosts for which something changed, since the first change that they did not confirm", () => {
    const { lag, took, pass } = lagOf("a", "b");
    lag.compiled(nobody, first);
    for (const host of ["a", "b"]) lag.heard(host, "mesh", 5);
    const second = desired(6, { a: first.hosts.get("a")!.mesh, b: state("b2") });
    lag.compiled(first, second);
    pass(10);
    lag.compiled(second, desired(7, { a: first.hosts.get("a")!.mesh, b: state("b3") }));
    pass(10);
    lag.heard("b", "mesh", 6);
    assert.deepEqual(lag.behind(), [{ host: "b", part: "mesh", revision: 7, forMs: 20 }]);
    lag.heard("b", "mesh", 7);
    assert.deepEqual(took.at(-1), ["mesh", 20]);
    assert.deepEqual(lag.behind(), []);
  });

  test("of a host that was away is not counted as time to be in force, and that of one that is gone is forgotten", () => {
    const { lag, took, pass } = lagOf("b");
    lag.compiled(nobody, first);
    pass(3_600_000);
    lag.heard("a", "mesh", 5);
    assert.deepEqual(took, []);
    lag.compiled(first, desired(6, { a: first.hosts.get("a")!.mesh }));
    assert.deepEqual(lag.behind(), []);
  });

  test("of what control compiles first is not counted either: hosts may hold it already", () => {
    const { lag, took, pass } = lagOf("a", "b");
    lag.compiled(nothingDesired, first);
    pass(30);
    assert.equal(lag.behind().length, 2);
    lag.heard("a", "mesh", 5);
    assert.deepEqual(took, []);
    assert.equal(lag.behind().length, 1);
  });
});
