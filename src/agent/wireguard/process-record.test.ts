import assert from "node:assert/strict";
import { test } from "node:test";
import { isRunning, recordOf } from "./process-record.ts";

test("a process is known again by its number and when it started", () => {
  const record = recordOf(process.pid)!;
  assert.ok(isRunning(record));
  assert.ok(!isRunning({ ...record, startTicks: record.startTicks + 1 }));
  assert.ok(!isRunning({ ...record, bootId: "another boot" }));
});

test("there is no record of a process that is not there", () => {
  assert.equal(recordOf(2 ** 22 + 1), undefined);
});
