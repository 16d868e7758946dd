import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from "./units.ts";

test("durations, sizes and rates are whole numbers with a unit", () => {
  assert.deepEqual(
    ["500ms", "5s", "10m", "2h", "30d", "0s"].map(parseDuration),
    [500, 5000, 600_000, 7_200_000, 2_592_000_000, 0],
  );
  assert.deepEqual(["512B", "64KiB", "10MiB", "1GiB"].map(parseSize), [512, 65_536, 10_485_760, 1_073_741_824]);
  assert.deepEqual(["100/s", "5/m"].map(parseRate), [
    { tokens: 100, perMs: 1000 },
    { tokens: 5, perMs: 60_000 },
  ]);
  for (const text of ["", "5", "05s", "-5s", "1.5s", "5 s", "5S", "5sec", "1e3s", "9999999999s", "5s\n"])
    assert.equal(parseDuration(text), undefined, text);
  for (const text of ["64", "64k", "64KB", "64 KiB", "1TiB"]) assert.equal(parseSize(text), undefined, text);
  for (const text of ["100", "0/s", "1/ms", "1/2s", "/s"]) assert.equal(parseRate(text), undefined, text);
});

test("the shortest text of a duration or size is read as the same", () => {
  fc.assert(fc.property(fc.nat(999_999_999), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  fc.assert(fc.property(fc.nat(999_999_999), (bytes) => assert.equal(parseSize(formatSize(bytes)), bytes)));
  assert.deepEqual([formatDuration(3_600_000), formatDuration(90_000), formatSize(1_048_576)], ["1h", "90s", "1MiB"]);
});
