import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { logRotation, maxLogBytes } from "./rotate-logs.ts";

let folder: string;
let reopened: number;
let log: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portway-logs-"));
  log = join(folder, "access.log");
  reopened = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const rotation = () => logRotation({ logs: [log, join(folder, "error.log")], reopen: () => void reopened++ });
/** A log that takes no room on disk. */
function grow(first: string): void {
  writeFileSync(log, first);
  truncateSync(log, maxLogBytes);
}
function firstByte(name: string): string {
  const file = openSync(join(folder, name), "r");
  const byte = Buffer.alloc(1);
  readSync(file, byte);
  closeSync(file);
  return byte.toString();
}

test("a small log, and one that is not there, are left alone", () => {
  writeFileSync(log, "a");
  rotation()();
  assert.deepEqual([readdirSync(folder), reopened], [["access.log"], 0]);
});

test("three old logs are kept, the youngest first, and each rotation is told once", () => {
  const look = rotation();
  for (const text of ["a", "b", "c", "d"]) {
    grow(text);
    look();
    look();
  }
  assert.deepEqual(readdirSync(folder).sort(), ["access.log.1", "access.log.2", "access.log.3"]);
  assert.deepEqual(["access.log.1", "access.log.2", "access.log.3"].map(firstByte), ["d", "c", "b"]);
  assert.equal(reopened, 4);
});

test("a signal that failed, or that an end came before, is made up for", () => {
  grow("a");
  const look = logRotation({
    logs: [log],
    reopen: () => {
      if (reopened++ === 0) throw new Error("EPERM");
    },
  });
  assert.throws(look, /EPERM/);
  look();
  look();
  assert.equal(reopened, 2);
  rotation()();
  assert.equal(reopened, 3);
});
