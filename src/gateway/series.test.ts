import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedDict } from "../../test/lua/shared-dict.ts";
import type { Histogram } from "./metrics.ts";
import { observe } from "./metrics.ts";
import { addCount, addHistogram, changesOf, mostSeries, newSeries, tellChanged } from "./series.ts";
import type { SharedCounts } from "./shared-counts.ts";

const noWork = () => {};

function lines(shared: SharedCounts, since: number): string[] {
  const told: string[] = [];
  tellChanged(shared, since, (line) => told.push(line), noWork);
  return told;
}

test("counts of two workers are summed, and only what has changed since is told", () => {
  const shared = sharedDict<SharedCounts>();
  const [one, two] = [newSeries(shared), newSeries(shared)];
  const histogram: Histogram = { counts: {}, sumMs: 0 };
  addCount(one, "a|x=1", 2);
  addCount(two, "a|x=1", 3);
  for (const ms of [3, 3, 111]) observe(histogram, ms);
  addHistogram(one, "h|", histogram, noWork);
  observe(histogram, 3);
  addHistogram(two, "h|", histogram, noWork);
  assert.deepEqual(lines(shared, 0), ['["a|x=1",5]', '["h|#",120,[3,3,120,1]]']);
  const changes = changesOf(shared);
  assert.deepEqual(lines(shared, changes), []);
  addCount(two, 'b|name="\\', 1);
  assert.deepEqual(
    lines(shared, changes).map((line) => JSON.parse(line)),
    [['b|name="\\', 1]],
  );
  assert.equal(histogram.sumMs, 0);
});

test("a first count that two workers make at once is one series", () => {
  const shared = sharedDict<SharedCounts>();
  const one = newSeries(shared);
  // The other worker counts between this one's look and its entry.
  const slow: SharedCounts = { ...shared, get: (key) => (key === "known/a" ? other() : shared.get(key)) };
  let asked = 0;
  const other = () => {
    if (asked++ > 0) return shared.get("known/a");
    addCount(one, "a", 1);
    return [undefined] as never;
  };
  addCount(newSeries(slow), "a", 1);
  assert.deepEqual(lines(shared, 0), ['["a",2]']);
});

test("there is a bound to series; those beyond are not counted", () => {
  const shared = sharedDict<SharedCounts>();
  const series = newSeries(shared);
  for (let i = 0; i < mostSeries + 10; i++) addCount(series, `c${i}`, 1);
  assert.equal(lines(shared, 0).length, mostSeries);
  addCount(series, "c1", 1);
  assert.ok(lines(shared, 0).includes('["c1",2]'));
});
