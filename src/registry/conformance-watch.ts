// Watching and forgetting: the part of the conformance suite about history.
import assert from "node:assert/strict";
import { collect, commit, type Declare } from "./conformance.ts";
import { put, remove } from "./store.ts";

const compacted = { name: "StoreError", code: "compacted" };

export function watchTests(declare: Declare): void {
  declare(
    "a watch tells what happened after its revision, a batch a revision, in the order of writes",
    async ({ registry }) => {
      const start = await commit(registry, put("k/0", "before"));
      const first = await commit(registry, put("k/b", "1"), put("other", "1"), put("k/a", "1"));
      await commit(registry, put("other", "2"));
      const second = await commit(registry, remove("k/b"), put("k/a", "2"), remove("k/never"));
      const entry = (key: string, value: string, createRevision: number, modRevision: number) => ({
        key,
        entry: { key, value, createRevision, modRevision },
      });
      assert.deepEqual(await collect(registry.watch("k/", start), second), [
        { revision: first, changes: [entry("k/b", "1", first, first), entry("k/a", "1", first, first)] },
        { revision: second, changes: [{ key: "k/b", entry: undefined }, entry("k/a", "2", first, second)] },
      ]);
    },
  );

  declare(
    "a watch that waits sees a write at once, and one from a listing misses nothing after it",
    async ({ registry }) => {
      const { revision } = await registry.list("k/");
      const waiting = collect(registry.watch("k/", revision), revision + 1);
      const written = await commit(registry, put("k/a", "1"));
      assert.deepEqual(
        (await waiting).map((batch) => batch.revision),
        [written],
      );
    },
  );

  declare("watches under concurrent writes have no gap and no double, wherever they begin", async ({ registry }) => {
    const start = await commit(registry, put("w/marker", "start"));
    const controller = new AbortController();
    const live = collect(registry.watch("w/", start, controller.signal), Infinity);
    const revisions: number[] = [];
    const writer = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        revisions.push(await commit(registry, put(`w/${name}`, String(i)), put(`ignored/${name}`, String(i))));
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(writer));
    revisions.push(await commit(registry, put("w/marker", "end")));
    const batches = await collect(registry.watch("w/", start), revisions.at(-1)!);
    controller.abort();
    assert.deepEqual(await live, batches);
    assert.deepEqual(
      batches.map((batch) => batch.revision),
      revisions.sort((one, other) => one - other),
    );
    for (const skipped of [0, 1, 79, 159]) {
      const later = await collect(registry.watch("w/", revisions[skipped]!), revisions.at(-1)!);
      assert.deepEqual(later, batches.slice(skipped + 1));
    }
  });

  declare("a slow watcher gets everything that was written meanwhile", async ({ registry }) => {
    const start = await commit(registry, put("w/0", "0"));
    const seen: number[] = [];
    const written: number[] = [await commit(registry, put("w/0", "1"))];
    for await (const batch of registry.watch("w/", start)) {
      seen.push(batch.revision);
      if (written.length < 100)
        written.push(await commit(registry, put("w/0", "x")), await commit(registry, put("w/1", "x")));
      if (seen.length === written.length) break;
    }
    assert.deepEqual(seen, written);
  });

  declare("a watch ends with its signal and with its store", async ({ registry }) => {
    const { revision } = await registry.list("");
    const controller = new AbortController();
    const aborted = collect(registry.watch("", revision, controller.signal), Infinity);
    const closed = collect(registry.watch("", revision), Infinity);
    const never = collect(registry.watch("", 0, AbortSignal.abort()), Infinity);
    controller.abort();
    assert.deepEqual(await aborted, []);
    assert.deepEqual(await never, []);
    await registry.close();
    assert.deepEqual(await closed, []);
  });

  declare("a watcher that aborts gets no more of what was there to tell", async ({ registry }) => {
    const start = await commit(registry, put("a", "0"));
    for (const value of ["1", "2", "3"]) await commit(registry, put("a", value));
    const controller = new AbortController();
    const values: (string | undefined)[] = [];
    for await (const batch of registry.watch("a", start, controller.signal)) {
      values.push(batch.changes[0]?.entry?.value);
      controller.abort();
    }
    assert.deepEqual(values, ["1"]);
  });

  declare("compaction forgets what is old enough and nothing that is true now", async ({ registry, advance }) => {
    const old = await commit(registry, put("kept", "1"), put("changed", "1"), put("deleted", "1"));
    const edge = await commit(registry, put("changed", "2"), remove("deleted"));
    await advance(10_000);
    const young = await commit(registry, put("changed", "3"));
    const before = await registry.list("");
    assert.equal(await registry.compact(10_000), edge);
    assert.deepEqual(await registry.list(""), before);
    await assert.rejects(collect(registry.watch("", old), young), compacted);
    const batches = await collect(registry.watch("", edge), young);
    assert.deepEqual(
      batches.map((batch) => batch.revision),
      [young],
    );
    assert.equal(await registry.compact(3_600_000), edge, "what is forgotten stays so");
    assert.equal(await registry.compact(0), young);
    assert.deepEqual(await registry.list(""), before);
    await assert.rejects(collect(registry.watch("", edge), young), compacted);
  });

  declare("a watch that has nothing to tell keeps pace with what is forgotten", async ({ registry }) => {
    const start = await commit(registry, put("a", "1"));
    const quiet = collect(registry.watch("b", start), start + 1);
    await commit(registry, put("a", "2"));
    await new Promise(setImmediate);
    await registry.compact(0);
    const last = await commit(registry, put("b", "1"));
    assert.deepEqual(
      (await quiet).map((batch) => batch.revision),
      [last],
    );
  });

  declare("what is no revision is a mistake of the caller", async ({ registry }) => {
    for (const wrong of [-1, 0.5, Number.NaN]) assert.throws(() => registry.watch("", wrong), TypeError);
  });
}
