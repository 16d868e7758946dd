import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Machine, tune, tuningPage } from "./tuning.ts";

const machine: Machine = { cores: 2, memoryBytes: 4 * 1024 ** 3, openFilesLimit: 20_000 };

test("docs/tuning.md is what the table says", () => {
  assert.equal(readFileSync(new URL("../../docs/tuning.md", import.meta.url), "utf8"), tuningPage());
});

test("connections never take more than half of the open files, whatever the machine", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 256 }),
      fc.integer({ min: 2 ** 27, max: 2 ** 42 }),
      fc.integer({ min: 64, max: 2 ** 30 }),
      (cores, memoryBytes, openFilesLimit) => {
        const tuning = tune({ cores, memoryBytes, openFilesLimit });
        assert.ok(Number(tuning.worker_connections) * 2 <= Number(tuning.worker_rlimit_nofile));
        assert.ok(Number(tuning.worker_connections) > 0);
      },
    ),
  );
});

test("the file's values replace those of the machine", () => {
  const tuning = tune(machine, {
    workers: 5,
    connections: 100,
    openFiles: 300,
    backlog: 7,
    clientKeepaliveMs: 1500,
    upstreamKeepalive: 9,
    shutdownTimeoutMs: 60_000,
  });
  assert.equal(tuning.worker_processes, "5");
  assert.equal(tuning.worker_connections, "100");
  assert.equal(tuning.worker_rlimit_nofile, "300");
  assert.equal(tuning.backlog, "7");
  assert.equal(tuning.keepalive_timeout, "1500ms");
  assert.equal(tuning.upstream_keepalive, "9");
  assert.equal(tuning.worker_shutdown_timeout, "60000ms");
});
