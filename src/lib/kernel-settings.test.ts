import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { put, putAndNote, takeBack, takeBackNoted, unsentBytes } from "./kernel-settings.ts";

test("a setting is changed only from what the kernel comes with, taken back only from what was wanted, and its lack is no failure", () => {
  const root = mkdtempSync(join(tmpdir(), "portway-settings-"));
  const path = join(root, unsentBytes.path);
  const value = () => readFileSync(path, "utf8").trim();
  try {
    put(unsentBytes, root);
    takeBack(unsentBytes, root);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "4294967295\n");
    put(unsentBytes, root);
    assert.equal(value(), "65536");
    takeBack(unsentBytes, root);
    assert.equal(value(), "4294967295");
    const file = join(root, "noted.json");
    putAndNote(unsentBytes, file, root);
    putAndNote(unsentBytes, file, root); // is there already
    assert.equal(value(), "65536");
    takeBackNoted(file, root);
    assert.equal(value(), "4294967295");
    writeFileSync(path, "131072\n");
    putAndNote(unsentBytes, file, root);
    takeBackNoted(file, root);
    takeBack(unsentBytes, root);
    assert.equal(value(), "131072");
  } finally {
    rmSync(root, { recursive: true });
  }
});
