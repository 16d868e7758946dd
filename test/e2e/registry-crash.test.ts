// Acknowledged means durable: what a writer was told to be written is there after it was killed at any moment.
//
//   writer ──transact──▶ registry.db        (SIGKILL, opened and looked at, next writer; four of these side by side)
//      └──acknowledged numbers──▶ test
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { start } from "../../src/lib/exec.ts";
import { openRegistry } from "../../src/registry/open.ts";

const lanes = 4;
const killsPerLane = 55;
/** From before the database is opened to well into the writing. */
const latestKillMs = 100;

const writerProgram = join(import.meta.dirname, "registry-crash-writer.ts");

test(`${lanes * killsPerLane} kills at random moments lose no acknowledged write and leave no half transaction`, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-crash-"));
  const run = async (lane: number) => {
    const path = join(folder, `${lane}.db`);
    let [acknowledged, unheard, whileOpening] = [0, 0, 0];
    for (let kill = 0; kill < killsPerLane; kill++) {
      const last = await writeUntilKilled(path, Math.random() * latestKillMs);
      if (last === undefined) whileOpening++;
      acknowledged = last ?? acknowledged;
      const stored = await lookAt(path);
      // The one transaction that was under way may have been committed: nobody was told yet.
      assert.ok(
        stored === acknowledged || stored === acknowledged + 1,
        `${acknowledged} acknowledged, ${stored} stored`,
      );
      unheard += stored - acknowledged;
      acknowledged = stored;
    }
    return { acknowledged, unheard, whileOpening };
  };
  try {
    const results = await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
    for (const result of results) {
      context.diagnostic(JSON.stringify(result));
      assert.ok(result.acknowledged > killsPerLane, "the writers did write");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The last number that was acknowledged, if any was. */
async function writeUntilKilled(path: string, killAfterMs: number): Promise<number | undefined> {
  const writer = start(process.execPath, [writerProgram, `sqlite:${path}`], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(writer, "exit");
  let acknowledged: number | undefined;
  for await (const line of createInterface({ input: writer.stdout! })) {
    if (line === "opening") void sleep(killAfterMs).then(() => writer.kill("SIGKILL"));
    else acknowledged = Number(line);
  }
  assert.deepEqual(await exit, [null, "SIGKILL"], "it ended by our hand");
  return acknowledged;
}

/** The number of transactions in the registry, each found whole and the database in order. */
async function lookAt(path: string): Promise<number> {
  const registry = await openRegistry(`sqlite:${path}`, { clock: systemClock });
  const count = Number((await registry.get("counter"))?.value ?? 0);
  for (const prefix of ["a/", "b/"]) {
    const { entries } = await registry.list(prefix);
    const numbers = entries.map((entry) => JSON.parse(entry.value).number as number).sort((one, other) => one - other);
    assert.deepEqual(
      numbers,
      Array.from({ length: count }, (_, i) => i + 1),
      prefix,
    );
    for (const entry of entries) assert.equal(entry.key, `${prefix}${JSON.parse(entry.value).number}`);
  }
  await registry.close();
  const db = new DatabaseSync(path, { readOnly: true });
  assert.deepEqual(Object.values(db.prepare("PRAGMA integrity_check").get()!), ["ok"]);
  db.close();
  return count;
}
