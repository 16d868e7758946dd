import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import { collect, commit, conformance, type Fixture } from "./conformance.ts";
import { openRegistry, openRegistryReader } from "./open.ts";
import { put, remove } from "./store.ts";

const startMs = Date.UTC(2026, 0, 1);

async function fixtureAt(url: string, remove = () => {}): Promise<Fixture & { readonly set: (ms: number) => void }> {
  let nowMs = startMs;
  const registry = await openRegistry(url, { clock: { now: () => nowMs } });
  return {
    registry,
    set(ms) {
      nowMs = ms;
    },
    async advance(ms) {
      nowMs += ms;
    },
    async discard() {
      await registry.close();
      remove();
    },
  };
}

const openInFile = () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-registry-"));
  return fixtureAt(`sqlite:${folder}/registry.db`, () => rmSync(folder, { recursive: true }));
};
const openInMemory = () => fixtureAt("sqlite::memory:");

conformance("sqlite in a file", openInFile);
conformance("sqlite in memory", openInMemory);

/** Runs `body` with the path of a database in a folder of its own. */
async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portway-registry-"));
  try {
    await body(join(folder, "state", "registry.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("entries, history and fencing numbers outlive the store that wrote them", () =>
  withPath(async (path) => {
    const first = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    const start = await commit(first, put("a", "1"), put("b", "1"));
    const end = await commit(first, put("a", "2"), remove("b"));
    const lease = await first.acquireLease("leader", "one", 60_000);
    const [listing, history] = [await first.list(""), await collect(first.watch("", 0), end)];
    await first.close();

    const second = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    assert.deepEqual(await second.list(""), listing);
    assert.deepEqual(await collect(second.watch("", 0), end), history);
    assert.equal((await second.acquireLease("leader", "two", 60_000)).ok, false);
    const again = await second.acquireLease("leader", "one", 60_000);
    assert.ok(lease.ok && again.ok && again.lease.fencing > lease.lease.fencing);
    assert.equal(await commit(second, put("a", "3")), end + 1);
    assert.equal(history[0]?.revision, start);
    await second.close();
  }));

test("nobody but the owner can read any of its files", () =>
  withPath(async (path) => {
    const registry = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    await commit(registry, put("a", "1"));
    const folder = join(path, "..");
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777] as const);
    const names = ["registry.db", "registry.db-shm", "registry.db-wal", "registry.db.lock"];
    assert.deepEqual(
      modes.sort(),
      names.map((name) => [name, 0o600]),
    );
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    await registry.close();
  }));

test("a second control is refused by the pid of the first, until that one is gone, killed or not", () =>
  withPath(async (path) => {
    const program = `const { openRegistry } = await import(${JSON.stringify(import.meta.resolve("./open.ts"))});
      await openRegistry("sqlite:${path}", { clock: Date });
      console.log("open");
      setInterval(() => {}, 1_000);`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(other.stdout, "data");
    const locked = (pid: number | undefined) => ({
      code: "locked",
      message: new RegExp(`another control \\(pid ${pid}\\) uses`),
    });
    const open = () => openRegistry(`sqlite:${path}`, { clock: systemClock });
    await assert.rejects(open(), locked(other.pid));
    other.kill("SIGKILL");
    await once(other, "exit");

    const registry = await open();
    await assert.rejects(open(), locked(process.pid));
    await commit(registry, put("a", "1"));
    await registry.close();
    await (await open()).close();
  }));

test("a reader sees what a control beside it has written", () =>
  withPath(async (path) => {
    const registry = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    const reader = await openRegistryReader(`sqlite:${path}`);
    const revision = await commit(registry, put("a", "1"), put("b", "2"));
    assert.deepEqual(await reader.list(""), await registry.list(""));
    await registry.close();
    assert.equal((await reader.get("b"))?.modRevision, revision);
    await reader.close();
    await assert.rejects(reader.get("b"), { code: "unavailable", reason: "closed" });
  }));

test("a path without a registry cannot be read, and one that cannot be made says why", () =>
  withPath(async (path) => {
    const unusable = { code: "unavailable", reason: "io" };
    await assert.rejects(openRegistryReader(`sqlite:${path}`), unusable);
    await assert.rejects(openRegistry(`sqlite:${import.meta.filename}/registry.db`, { clock: systemClock }), unusable);
  }));

test("a file that is no registry is refused and left as it is", () =>
  withPath(async (path) => {
    await (await openRegistry(`sqlite:${path}`, { clock: systemClock })).close();
    const text = `${path}.txt`;
    writeFileSync(text, "not a database at all, but long enough to look at ".repeat(10));
    const foreign = `${path}.foreign`;
    new DatabaseSync(foreign).exec("CREATE TABLE bookmarks (url)");
    for (const file of [text, foreign]) {
      const before = statSync(file).size;
      await assert.rejects(openRegistry(`sqlite:${file}`, { clock: systemClock }), { code: "corrupt" });
      await assert.rejects(openRegistryReader(`sqlite:${file}`), { code: "corrupt" });
      assert.equal(statSync(file).size, before);
    }
  }));

test("a damaged database is called so when the damage is met", () =>
  withPath(async (path) => {
    const first = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    await commit(first, put("a", "1"));
    await first.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4096)); // all but the page that holds the schema
    await assert.rejects(
      async () => {
        const registry = await openRegistry(`sqlite:${path}`, { clock: systemClock });
        await registry.get("a").finally(registry.close);
      },
      { code: "corrupt", message: /damaged/ },
    );
  }));

test("a registry of a newer Portway is refused", () =>
  withPath(async (path) => {
    await (await openRegistry(`sqlite:${path}`, { clock: systemClock })).close();
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 9999");
    db.close();
    const newer = { code: "incompatible", message: /schema version 9999, of a newer Portway/ };
    await assert.rejects(openRegistry(`sqlite:${path}`, { clock: systemClock }), newer);
    await assert.rejects(openRegistryReader(`sqlite:${path}`), newer);
  }));

test("compaction leaves nothing behind of what is forgotten", () =>
  withPath(async (path) => {
    const registry = await openRegistry(`sqlite:${path}`, { clock: systemClock });
    for (let i = 0; i < 20; i++)
      await commit(registry, put("counter", String(i)), i % 2 ? remove("odd") : put("odd", "1"));
    await registry.compact(0);
    await registry.close();
    const db = new DatabaseSync(path);
    const rows = (table: string) => db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count;
    assert.deepEqual(["versions", "keys", "superseded", "revisions"].map(rows), [1, 1, 0, 0]);
    db.close();
  }));

test("a watcher that compaction overtakes while it is away is told so", async () => {
  const { registry, discard } = await openInMemory();
  const start = await commit(registry, put("a", "0"));
  await commit(registry, put("a", "1"));
  const watch = registry.watch("", start)[Symbol.asyncIterator]();
  await watch.next();
  await commit(registry, put("a", "2"));
  await commit(registry, put("a", "3"));
  await registry.compact(0);
  await assert.rejects(watch.next(), { code: "compacted" });
  await discard();
});

test("a clock that is set back holds no lease longer than its time", async () => {
  const { registry, set, discard } = await openInMemory();
  set(startMs + 365 * 86_400_000);
  await registry.acquireLease("leader", "one", 10_000);
  set(startMs);
  assert.equal((await registry.acquireLease("leader", "two", 10_000)).ok, true);
  set(startMs - 1_000);
  assert.equal((await registry.acquireLease("leader", "three", 10_000)).ok, false, "a small step changes nothing");
  await discard();
});

test("an error in the midst of a transaction leaves nothing of it", async () => {
  const { registry, set, discard } = await openInMemory();
  const revision = await commit(registry, put("a", "1"));
  set(Number.NaN);
  await assert.rejects(commit(registry, put("a", "2")), /NOT NULL/);
  set(startMs);
  assert.equal((await registry.list("")).revision, revision);
  assert.equal(await commit(registry, put("a", "3")), revision + 1);
  await discard();
});

test("a URL of no store that is known is a mistake of the caller", async () => {
  for (const url of ["", "sqlite:", "/var/lib/portway/registry.db", "redis://localhost"]) {
    await assert.rejects(openRegistry(url, { clock: systemClock }), TypeError);
  }
});
