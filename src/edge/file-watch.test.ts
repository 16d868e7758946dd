import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchedFiles } from "./file-watch.ts";

test("a file that is written, replaced, removed or made is noticed until it is read again", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-watch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [a, b, aside] = [join(folder, "a"), join(folder, "b"), join(folder, "aside")];
  const files = watchedFiles();
  const readAll = () => {
    files.forget();
    for (const path of [a, b]) {
      try {
        files.read(path);
      } catch {
        // not there: watched all the same
      }
    }
  };
  writeFileSync(a, "1");
  writeFileSync(aside, "33");
  const changes = [
    () => writeFileSync(a, "22"),
    () => renameSync(aside, a),
    () => rmSync(a),
    () => writeFileSync(b, "x"),
  ];
  for (const change of changes) {
    readAll();
    assert.equal(files.changed(), false);
    change();
    assert.equal(files.changed(), true);
    assert.equal(files.changed(), true);
  }
  readAll();
  assert.equal(files.read(b), "x");
  assert.equal(files.changed(), false);
});
