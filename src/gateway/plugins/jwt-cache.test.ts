import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runLua } from "../../../test/lua/run-lua.ts";
import { createVerdictCache, type Lasting, recall, remember } from "./jwt-cache.ts";

interface Entry extends Lasting {
  readonly owner: number;
  readonly text: string;
}

const text = fc.constantFrom("a", "b", "c", "d", "e".repeat(300), "f".repeat(700));
const step = fc.record({
  kind: fc.constantFrom("remember", "recall"),
  owner: fc.integer({ min: 1, max: 3 }),
  text,
  /** Time passes before the step. */
  wait: fc.integer({ min: 0, max: 3 }),
  lasts: fc.integer({ min: 0, max: 12 }),
});
const steps = fc.array(step, { maxLength: 60 });

/** Runs the steps and calls `see` after each with what a recall gave. */
function run(
  script: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
  generationBytes: number,
  see: (one: { found: Entry | undefined; expected: Entry | undefined; now: number; cache: unknown }) => void,
): void {
  const cache = createVerdictCache<Entry>(generationBytes);
  const all = new Map<string, Entry>();
  let now = 1000;
  for (const { kind, owner, text, wait, lasts } of script) {
    now += wait;
    const key = `${owner} ${text}`;
    if (kind === "remember") {
      const entry = { owner, text, untilSeconds: now + lasts };
      remember(cache, owner, text, entry);
      all.set(key, entry);
    }
    const expected = all.get(key);
    see({ found: recall(cache, owner, text, now), expected, now, cache });
  }
}

test("what is recalled is the owner's latest for that text, and has not ended", () => {
  fc.assert(
    fc.property(steps, (script) => {
      run(script, 1500, ({ found, expected, now }) => {
        if (found === undefined) return;
        assert.equal(found, expected);
        assert.ok(now < found.untilSeconds);
      });
    }),
  );
});

test("with room enough nothing is forgotten before its end", () => {
  fc.assert(
    fc.property(steps, (script) => {
      run(script, 1_000_000, ({ found, expected, now }) => {
        assert.equal(found, expected !== undefined && now < expected.untilSeconds ? expected : undefined);
      });
    }),
  );
});

test("it holds two generations at most, each within its bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 200 }), { maxLength: 200 }), (texts) => {
      const generationBytes = 3000;
      const cache = createVerdictCache<Lasting>(generationBytes);
      for (const [index, one] of texts.entries()) {
        remember(cache, index % 5, one, { untilSeconds: 10 });
        recall(cache, (index + 1) % 5, texts[index >> 1]!, 5);
        for (const generation of [cache.young, cache.old]) {
          const kept = Object.values(generation).flatMap((texts) => Object.keys(texts!));
          const bytes = kept.reduce((sum, key) => sum + key.length + 256, 0);
          assert.ok(bytes <= generationBytes, `${bytes}`);
        }
      }
    }),
  );
});

test("what is asked for again and again outlives a flood of others", () => {
  const cache = createVerdictCache<Lasting>(10_000);
  remember(cache, 1, "often", { untilSeconds: 10 });
  for (let i = 0; i < 1000; i++) {
    remember(cache, 1, `once ${i}`, { untilSeconds: 10 });
    assert.ok(recall(cache, 1, "often", 5));
  }
  assert.equal(recall(cache, 1, "once 1", 5), undefined);
});

test("LuaJIT remembers and forgets as Node does", () => {
  const script = fc.sample(fc.array(step, { minLength: 300, maxLength: 300 }), 1)[0]!;
  const module = "gateway.plugins.jwt-cache";
  const calls = [{ module, name: "createVerdictCache", args: [1500] as unknown[], as: "cache" }];
  const expected: unknown[] = [[]];
  const cache = createVerdictCache<Lasting>(1500);
  let now = 1000;
  for (const { kind, owner, text, wait, lasts } of script) {
    now += wait;
    const args = kind === "recall" ? [owner, text, now] : [owner, text, { untilSeconds: now + lasts }];
    calls.push({ module, name: kind, args: [{ $: "cache" }, ...args], as: "" });
    if (kind === "recall") expected.push([recall(cache, owner, text, now) ?? null]);
    else expected.push([]);
    if (kind === "remember") remember(cache, owner, text, { untilSeconds: now + lasts });
  }
  const seen = runLua(calls.map(({ as, ...call }) => (as === "" ? call : { ...call, as })));
  assert.deepEqual(seen, expected);
});
