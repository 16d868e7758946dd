// Reads, compares and writes: the part of the conformance suite that needs no time.
import assert from "node:assert/strict";
import { commit, type Declare } from "./conformance.ts";
import { absent, put, type Registry, remove, unchanged } from "./store.ts";

const keysUnder = async (registry: Registry, ...args: Parameters<Registry["list"]>) =>
  (await registry.list(...args)).entries.map((entry) => entry.key);

export function transactionTests(declare: Declare): void {
  declare("an entry carries the revision that made it and the one that changed it", async ({ registry }) => {
    const first = await commit(registry, put("hosts/a", "1"));
    const second = await commit(registry, put("hosts/a", "2"));
    assert.ok(second > first && first > 0);
    const entry = { key: "hosts/a", value: "2", createRevision: first, modRevision: second };
    assert.deepEqual(await registry.get("hosts/a"), entry);
    await commit(registry, remove("hosts/a"));
    assert.equal(await registry.get("hosts/a"), undefined);
    const third = await commit(registry, put("hosts/a", "3"));
    assert.deepEqual(await registry.get("hosts/a"), {
      ...entry,
      value: "3",
      createRevision: third,
      modRevision: third,
    });
  });

  declare("all writes of a transaction share one revision", async ({ registry }) => {
    const writes = Array.from({ length: 10 }, (_, i) => put(`k/${i}`, String(i)));
    const revision = await commit(registry, ...writes);
    const listing = await registry.list("k/");
    assert.equal(listing.revision, revision);
    assert.deepEqual(
      listing.entries.map((entry) => entry.modRevision),
      writes.map(() => revision),
    );
  });

  declare("a transaction that changes nothing takes no revision", async ({ registry }) => {
    const revision = await commit(registry, put("a", "1"));
    assert.equal(await commit(registry), revision);
    assert.equal(await commit(registry, remove("never-there")), revision);
    assert.equal((await registry.list("")).revision, revision);
  });

  declare("one compare that fails stops every write and says what is there", async ({ registry }) => {
    await commit(registry, put("a", "1"), put("b", "2"));
    const [a, b] = [(await registry.get("a"))!, (await registry.get("b"))!];
    const before = await registry.list("");
    const compares = [unchanged(a), { key: "b", value: "3" }, absent("c")];
    const result = await registry.transact(compares, [put("a", "x"), remove("b"), put("c", "x")]);
    assert.deepEqual(result, { ok: false, failed: compares[1], current: b });
    assert.deepEqual(await registry.list(""), before);
  });

  declare("compares hold on revision, on value and on absence", async ({ registry }) => {
    await commit(registry, put("a", "1"));
    const a = (await registry.get("a"))!;
    const holds = async (...compares: Parameters<Registry["transact"]>[0]) =>
      (await registry.transact(compares, [])).ok;
    assert.equal(await holds(unchanged(a), { key: "a", value: "1" }, absent("b")), true);
    assert.equal(await holds(absent("a")), false);
    assert.equal(await holds({ key: "a", modRevision: a.modRevision + 1 }), false);
    assert.equal(await holds({ key: "a", value: "" }), false);
    assert.equal(await holds({ key: "b", value: "" }), false);
    await commit(registry, put("a", "1"));
    assert.equal(await holds(unchanged(a)), false, "the same value written again is a change");
  });

  declare("of two hundred that create one key at once, exactly one does", async ({ registry }) => {
    const attempts = Array.from({ length: 200 }, (_, i) =>
      registry.transact([absent("token")], [put("token", String(i))]),
    );
    const results = await Promise.all(attempts);
    const winners = results.flatMap((result, i) => (result.ok ? [String(i)] : []));
    assert.equal(winners.length, 1);
    assert.equal((await registry.get("token"))?.value, winners[0]);
  });

  declare("increments under compare-and-set lose none", async ({ registry }) => {
    await commit(registry, put("counter", "0"));
    const increment = async (): Promise<void> => {
      const entry = (await registry.get("counter"))!;
      const result = await registry.transact([unchanged(entry)], [put("counter", String(Number(entry.value) + 1))]);
      if (!result.ok) await increment();
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    assert.equal((await registry.get("counter"))?.value, "20");
  });

  declare(
    "a listing has exactly the keys under the prefix, in the order of their UTF-8 bytes",
    async ({ registry }) => {
      const keys = [
        "a",
        "a%",
        "a%b",
        "a/",
        "a/b",
        "a_",
        "a_b",
        "ab",
        "aÿ",
        "aÿb",
        "aĀ",
        "a\ud7ff",
        "a\ue000",
        "a\u{10000}",
      ];
      const edges = ["a\u{10ffff}", "a\u{10ffff}x", "b", "A", "ÿ", "\u{10ffff}", "\u{10ffff}\u{10ffff}"];
      const all = [...keys, ...edges].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      await commit(registry, ...[...all].reverse().map((key) => put(key, "1")));
      for (const prefix of ["", "zz", ...all, "a\ud7fe", "a\u{ffff}"]) {
        const expected = all.filter((key) => key.startsWith(prefix));
        assert.deepEqual(await keysUnder(registry, prefix), expected, JSON.stringify(prefix));
      }
    },
  );

  declare("a listing comes in pages from either end", async ({ registry }) => {
    const keys = Array.from({ length: 7 }, (_, i) => `audit/${i}`);
    await commit(registry, ...["audit", "audit0", ...keys].map((key) => put(key, "1")));
    const ends = { first: { limit: 3 }, last: { limit: 3, descending: true } };
    assert.deepEqual(await keysUnder(registry, "audit/", ends.first), keys.slice(0, 3));
    assert.deepEqual(await keysUnder(registry, "audit/", { ...ends.first, after: "audit/2" }), keys.slice(3, 6));
    assert.deepEqual(await keysUnder(registry, "audit/", { ...ends.first, after: "audit/6" }), []);
    assert.deepEqual(await keysUnder(registry, "audit/", ends.last), keys.slice(4).reverse());
    assert.deepEqual(await keysUnder(registry, "audit/", { ...ends.last, after: "audit/2" }), ["audit/1", "audit/0"]);
    assert.deepEqual(
      await keysUnder(registry, "audit/", { after: "audit/gone", descending: true }),
      [...keys].reverse(),
    );
    await assert.rejects(registry.list("audit/", { after: "elsewhere" }), TypeError);
  });

  declare("what cannot be stored is a mistake of the caller, and nothing is written", async ({ registry }) => {
    const revision = await commit(registry, put("a", "1"));
    const wrong = [
      [put("", "1")],
      [put("\ud800", "1")],
      [put("b", "\udfff")],
      [remove("")],
      [put("b", "1"), remove("b")],
    ];
    for (const writes of wrong) await assert.rejects(registry.transact([], [put("c", "1"), ...writes]), TypeError);
    assert.equal((await registry.list("")).revision, revision);
  });

  declare("values of a mebibyte and of any characters come back as they were", async ({ registry }) => {
    const big = JSON.stringify("ÿ€😀".repeat(2 ** 20).slice(0, 2 ** 18));
    const values = { big, long: "x".repeat(2 ** 20), empty: "", control: "\0\n\u0001\u2028", quotes: `'"\\;--` };
    await commit(registry, ...Object.entries(values).map(([key, value]) => put(key, value)));
    for (const [key, value] of Object.entries(values)) assert.equal((await registry.get(key))?.value, value, key);
  });

  declare("a closed store refuses everything, and closing it again is nothing", async ({ registry }) => {
    await registry.close();
    await registry.close();
    const refused = { name: "StoreError", code: "unavailable", reason: "closed" };
    await assert.rejects(registry.get("a"), refused);
    await assert.rejects(registry.list(""), refused);
    await assert.rejects(registry.transact([], [put("a", "1")]), refused);
    await assert.rejects(registry.compact(0), refused);
    await assert.rejects(registry.acquireLease("leader", "me", 1_000), refused);
  });
}
