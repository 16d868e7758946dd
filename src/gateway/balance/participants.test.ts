import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf, names, serviceOf, targetOf, targetsOf } from "../../../test/gateway/balancing.ts";
import type { Service } from "../world.ts";
import { followSlowStarts, takePart } from "./participants.ts";
import { firstTarget } from "./round-robin.ts";

/** Who takes part when these are healthy. */
function partOf(service: Service, healthy: readonly string[], nowMs = 0): string {
  takePart(service, (target) => healthy.includes(target.name), nowMs);
  return names(service.turns);
}

const share = (service: Service, name: string) => service.pool.find((target) => target.name === name)!.share;

test("only healthy targets take part, and they share the rest evenly", () => {
  assert.equal(partOf(serviceOf(targetsOf(1, 1, 1)), ["t0", "t2"]), "t0 t2");
  const service = serviceOf(targetsOf(2, 1, 1));
  partOf(service, ["t0", "t2"]);
  assert.deepEqual(
    countsOf(300, () => firstTarget(service)),
    { t0: 200, t2: 100 },
  );
});

test("with none healthy all take part, by weight", () => {
  const service = serviceOf(targetsOf(2, 1));
  partOf(service, []);
  assert.deepEqual(
    countsOf(30, () => firstTarget(service)),
    { t0: 20, t1: 10 },
  );
  assert.deepEqual(service.healthy, []);
});

test("near targets take all; those further off only when no near one is healthy", () => {
  const service = serviceOf([
    targetOf("near"),
    targetOf("near2"),
    targetOf("mid", { tier: 1 }),
    targetOf("far", { tier: 2 }),
  ]);
  assert.equal(partOf(service, ["near", "near2", "mid", "far"]), "near near2");
  assert.equal(partOf(service, ["near2", "mid", "far"]), "near2");
  assert.equal(partOf(service, ["mid", "far"]), "mid");
  assert.equal(partOf(service, ["far"]), "far");
  assert.equal(partOf(service, []), "near near2 mid far");
});

test("of the near ones, those that are far come last; a tier that is near comes before any that is not", () => {
  const service = serviceOf([targetOf("far", { isFar: true }), targetOf("near"), targetOf("next", { tier: 1 })]);
  assert.equal(partOf(service, ["far", "near", "next"]), "near");
  assert.equal(partOf(service, ["far", "next"]), "far");
  assert.equal(partOf(service, ["next"]), "next");
});

test("a target that comes back takes a tenth of its weight at first, and all of it when its time is over", () => {
  const service = serviceOf(targetsOf(1, 1), 10_000);
  partOf(service, ["t0"], 1000);
  partOf(service, ["t0", "t1"], 2000);
  assert.equal(share(service, "t1"), 0.1);
  const counts = countsOf(1024, () => firstTarget(service));
  assert.ok(Math.abs(counts["t1"]! - 1024 / 11) <= 1, `${counts["t1"]}`);
  followSlowStarts(7000);
  assert.equal(share(service, "t1"), 0.5);
  followSlowStarts(11_999);
  assert.equal(share(service, "t1"), 0.95);
  followSlowStarts(12_000);
  assert.equal(share(service, "t1"), 1);
  assert.equal(names(service.turns), "t0 t1");
  const { turns } = service;
  followSlowStarts(20_000);
  assert.equal(service.turns, turns, "nothing is made anew once it is over");
});

test("without slow start a target that comes back has its weight at once", () => {
  const service = serviceOf(targetsOf(1, 1));
  partOf(service, ["t0"], 1000);
  partOf(service, ["t0", "t1"], 2000);
  assert.equal(names(service.turns), "t0 t1");
});

test("a target that joins while another starts slowly does not begin that one's time anew", () => {
  const service = serviceOf(targetsOf(1, 1, 1), 10_000);
  partOf(service, ["t0"], 0);
  partOf(service, ["t0", "t1"], 1000);
  partOf(service, ["t0", "t1", "t2"], 6000);
  assert.deepEqual([share(service, "t1"), share(service, "t2")], [0.5, 0.1]);
});
