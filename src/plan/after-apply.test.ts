import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { all, hostNamed, hostOf, joined, ruleOf, specOf } from "../../test/plan/spec.ts";
import { world } from "../../test/plan/world.ts";
import { observedAfterApply } from "./after-apply.ts";
import { compile } from "./compile.ts";
import { nothingObserved } from "./observed.ts";

const hosts = { relay: hostOf({ roles: ["relay"], reachable: true }), a: hostOf(), b: hostOf(), c: hostOf() };
const access = [ruleOf(hostNamed("a"), hostNamed("b")), ruleOf(hostNamed("a"), hostNamed("c"))];
const spec = specOf({ hosts, access });
const observed = joined(Object.keys(hosts));

test("addresses given by an apply are kept, and applying again changes nothing", () => {
  fc.assert(
    fc.property(world, ({ spec, observed }) => {
      const once = observedAfterApply(null, spec, observed);
      assert.deepEqual(observedAfterApply(spec, spec, once), once);
      assert.equal(JSON.stringify(compile(spec, once)), JSON.stringify(compile(spec, observed)));
    }),
    { numRuns: 100 },
  );
});

test("a host of the file that has not joined yet keeps its address too", () => {
  const after = observedAfterApply(null, spec, nothingObserved);
  assert.equal(after.hosts["a"]!.ipv4, compile(spec, nothingObserved).addresses["a"]!.ipv4);
  assert.equal(after.hosts["a"]!.joined, false);
});

test("a host that the file took out is joined no more, keeps its address, and its peers may drop it", () => {
  const { b: _, ...rest } = hosts;
  const before = observedAfterApply(null, spec, observed);
  const after = observedAfterApply(spec, specOf({ hosts: rest, access }), before);
  assert.deepEqual(after.hosts["b"], { ...before.hosts["b"], joined: false, tags: [], keys: {} });
  assert.deepEqual(after.released, ["b"]);
  assert.deepEqual(after.releasedBy, { b: ["a", "relay"] });
});

test("a host that joined by token alone stays when the file changes", () => {
  const guest = joined(["guest"]).hosts["guest"]!;
  const after = observedAfterApply(spec, specOf({ access: [ruleOf(all, all)] }), { ...observed, hosts: { guest } });
  assert.equal(after.hosts["guest"]!.joined, true);
});
