import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs } from "./duration.ts";
import { ago, bytes, spanOf, until } from "./when.ts";

test("spans are said in the unit that fits", () => {
  assert.deepEqual([0, 59, 60, 3599, 7200, 90_000, 864_000].map(spanOf), [
    "0 s",
    "59 s",
    "1 min",
    "60 min",
    "2 h",
    "1 d",
    "10 d",
  ]);
});

test("moments are said from now, on both sides of it", () => {
  const nowMs = Date.parse("2026-11-21T10:00:00Z");
  assert.equal(ago("2026-11-21T09:58:00Z", nowMs), "2 min ago");
  assert.equal(ago("2026-11-21T10:00:05Z", nowMs), "0 s ago"); // another machine's clock is ahead
  assert.equal(until("2026-11-21T11:00:00Z", nowMs), "in 1 h");
  assert.equal(until("2026-11-21T09:59:57Z", nowMs), "3 s ago");
});

test("amounts have two digits at least", () => {
  assert.deepEqual([0, 812, 1434, 20_971_520].map(bytes), ["0 B", "812 B", "1.4 KiB", "20 MiB"]);
});

test("durations take a number and a unit", () => {
  assert.deepEqual(
    ["500ms", "5s", "10m", "2h", "30d"].map((text) => durationMs(text, "--expires")),
    [500, 5000, 600_000, 7_200_000, 2_592_000_000],
  );
  for (const wrong of ["", "5", "5 s", "-5s", "1e3s", "5y"]) {
    assert.throws(() => durationMs(wrong, "--expires"), { code: "usage" }, wrong);
  }
});
