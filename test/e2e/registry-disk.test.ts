// The registry on a disk that fills up, and beside a process that holds its database: it says so, and heals by itself.
//
//   tmpfs of 4 MiB ─┬─ registry.db
//                   └─ ballast, which takes the room and gives it back
import assert from "node:assert/strict";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { exec } from "../../src/lib/exec.ts";
import { openRegistry } from "../../src/registry/open.ts";
import { type Batch, put, type Registry } from "../../src/registry/store.ts";

const needsRoot = process.getuid?.() === 0 ? {} : { skip: "needs root, to mount a small disk: sudo make e2e" };
const diskFull = { name: "StoreError", code: "unavailable", reason: "diskFull", message: "the disk is full" };

/** A small disk whose room the test gives and takes. */
interface Disk {
  readonly url: string;
  /** Takes all room that is left. */
  readonly fill: () => void;
  /** Gives back what `fill` took. */
  readonly empty: () => void;
}

async function withDisk(body: (disk: Disk) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portway-disk-"));
  const mounted = await exec("mount", ["-t", "tmpfs", "-o", "size=4m", "portway-test", folder]);
  assert.equal(mounted.code, 0, mounted.stderr);
  const ballast = join(folder, "ballast");
  try {
    await body({
      url: `sqlite:${folder}/registry.db`,
      fill() {
        const page = Buffer.alloc(4096);
        assert.throws(
          () => {
            for (;;) writeFileSync(ballast, page, { flag: "a" });
          },
          { code: "ENOSPC" },
        );
      },
      empty: () => rmSync(ballast),
    });
    const unmounted = await exec("umount", [folder]);
    assert.equal(unmounted.code, 0, `nothing is left open: ${unmounted.stderr}`);
  } finally {
    await exec("umount", ["--lazy", folder]); // after a failure something may be open
    rmdirSync(folder);
  }
}

/** Writes values under new keys until the store refuses; answers how many it took. */
async function writeUntilRefused(registry: Registry, prefix: string, bytes: number): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      const value = JSON.stringify("x".repeat(bytes));
      await registry.transact([], [put(`${prefix}/${count}`, value), put(`${prefix}-twin/${count}`, value)]);
    } catch (error) {
      assert.throws(() => {
        throw error;
      }, diskFull);
      return count;
    }
  }
}

async function follow(registry: Registry, batches: Batch[]): Promise<void> {
  for await (const batch of registry.watch("", 0)) batches.push(batch);
}

test("a full disk refuses writes, keeps answering reads, and takes writes again once there is room", needsRoot, () =>
  withDisk(async ({ url, fill, empty }) => {
    const registry = await openRegistry(url, { clock: systemClock });
    const seen: Batch[] = [];
    const watching = follow(registry, seen);
    await registry.transact([], [put("spec/current", '"before"')]);
    fill();
    const written =
      (await writeUntilRefused(registry, "big", 20_000)) + (await writeUntilRefused(registry, "small", 10));

    for (let i = 0; i < 5; i++) {
      await assert.rejects(registry.transact([], [put("spec/current", '"refused"')]), diskFull);
      await assert.rejects(registry.acquireLease("leader", "one", 1_000), diskFull);
    }
    assert.equal((await registry.get("spec/current"))?.value, '"before"');
    const listing = await registry.list("");
    assert.equal(listing.revision, 1 + written);
    assert.equal(listing.entries.length, 1 + 2 * written, "no half of any transaction");

    empty();
    assert.deepEqual(await registry.transact([], [put("spec/current", '"after"')]), {
      ok: true,
      revision: 2 + written,
    });
    assert.equal((await registry.acquireLease("leader", "one", 1_000)).ok, true);
    await new Promise(setImmediate);
    assert.deepEqual(
      seen.map((batch) => batch.revision),
      Array.from({ length: 2 + written }, (_, i) => i + 1),
    );
    await registry.close();
    await watching;

    const again = await openRegistry(url, { clock: systemClock });
    assert.equal((await again.list("")).entries.length, 1 + 2 * written);
    await again.close();
    const db = new DatabaseSync(url.slice("sqlite:".length), { readOnly: true });
    assert.deepEqual(Object.values(db.prepare("PRAGMA integrity_check").get()!), ["ok"]);
    db.close();
  }),
);

test("a registry that cannot be opened for want of room says so, and opens once there is some", needsRoot, () =>
  withDisk(async ({ url, fill, empty }) => {
    fill();
    await assert.rejects(openRegistry(url, { clock: systemClock }), diskFull);
    empty();
    const registry = await openRegistry(url, { clock: systemClock });
    await registry.transact([], [put("spec/current", '"kept"')]);
    await registry.close();
    fill();
    await assert.rejects(openRegistry(url, { clock: systemClock }), diskFull);
    empty();
    const again = await openRegistry(url, { clock: systemClock });
    assert.equal((await again.get("spec/current"))?.value, '"kept"');
    await again.close();
  }),
);

test("a process that holds the database makes writes wait, then refuses them, until it lets go", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-busy-"));
  const registry = await openRegistry(`sqlite:${folder}/registry.db`, { clock: systemClock });
  await registry.transact([], [put("a", "1")]);
  const other = new DatabaseSync(`${folder}/registry.db`);
  other.exec("BEGIN IMMEDIATE");
  await assert.rejects(registry.transact([], [put("a", "2")]), { code: "unavailable", reason: "busy" });
  assert.equal((await registry.get("a"))?.value, "1");
  other.exec("ROLLBACK");
  other.close();
  assert.deepEqual(await registry.transact([], [put("a", "2")]), { ok: true, revision: 2 });
  await registry.close();
  rmSync(folder, { recursive: true });
});
