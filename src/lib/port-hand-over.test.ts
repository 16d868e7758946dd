import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setWaiting } from "./port-hand-over.ts";

test("the setting is turned on and off where there is one, and its lack is no failure", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-hand-over-"));
  const path = join(folder, "setting");
  try {
    assert.equal(setWaiting(true, path), false);
    writeFileSync(path, "0\n");
    assert.equal(setWaiting(true, path), true);
    assert.equal(readFileSync(path, "utf8"), "1\n");
    assert.equal(setWaiting(false, path), true);
    assert.equal(readFileSync(path, "utf8"), "0\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
