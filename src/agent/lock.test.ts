import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeFileAtomic } from "../lib/files.ts";
import { lockPath } from "./files.ts";
import { foreignAgent, runningAgent, takeLock } from "./lock.ts";
import { recordOf } from "./wireguard/process-record.ts";

test("one agent at a time works on a host's files; one that was killed does not count", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-lock-"));
  try {
    const other = recordOf(process.ppid)!;
    writeFileAtomic(lockPath(folder), JSON.stringify(other));
    assert.throws(() => takeLock(folder), { code: "usage", message: /an agent runs here/ });
    writeFileAtomic(lockPath(folder), JSON.stringify({ ...other, startTicks: other.startTicks - 1 }));
    const release = takeLock(folder);
    assert.equal(runningAgent(folder)?.pid, process.pid);
    release();
    assert.equal(runningAgent(folder), undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the machine's own agent is foreign to files in other places, unless it runs in another network", () => {
  const machine = mkdtempSync(join(tmpdir(), "portway-lock-"));
  const release = takeLock(machine);
  try {
    assert.equal(foreignAgent("/srv/portway/agent", machine)?.pid, process.pid);
    assert.equal(foreignAgent(`${machine}/`, machine), undefined);
    assert.equal(foreignAgent("/srv/portway/agent", machine, "net:[1]"), undefined);
  } finally {
    release();
  }
  assert.equal(foreignAgent("/srv/portway/agent", machine), undefined);
  rmSync(machine, { recursive: true });
});
