import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { openLogFile } from "./log-file.ts";

suite("a log file", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-log-"));
  after(() => rmSync(folder, { recursive: true }));

  test("goes on where it ended, begins anew when it is large, and keeps the one before", () => {
    const path = join(folder, "logs", "agent.log");
    const first = openLogFile(path, 20);
    first.write("one");
    first.close();
    const second = openLogFile(path, 20);
    for (const line of ["two", "a line of many letters", "three"]) second.write(line);
    second.close();
    assert.equal(readFileSync(`${path}.1`, "utf8"), "one\ntwo\na line of many letters\n");
    assert.equal(readFileSync(path, "utf8"), "three\n");
  });
});
