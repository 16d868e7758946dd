import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { accessLogCopy } from "./access-log-copy.ts";

test("lines go out while that is wanted, whole, over the log's rotation, and none of the time between", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-copy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "access.log");
  let told = "";
  const look = accessLogCopy(path, (text) => {
    told += text;
  });
  writeFileSync(path, "before\n");
  look(false);
  look(true);
  appendFileSync(path, "one\ntw");
  look(true);
  assert.equal(told, "one\n");
  appendFileSync(path, "o\n");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "three\n");
  look(true);
  writeFileSync(path, "four\n");
  for (let i = 0; i < 3; i++) look(true);
  assert.equal(told, "one\ntwo\nthree\nfour\n");
  look(false);
  appendFileSync(path, "unseen\n");
  look(false);
  look(true);
  appendFileSync(path, "five\n");
  look(true);
  assert.equal(told, "one\ntwo\nthree\nfour\nfive\n");
});
