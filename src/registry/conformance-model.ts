// Random operations on a store and on the model beside it: the part of the conformance suite that nobody thought of.
import assert from "node:assert/strict";
import fc from "fast-check";
import { collect, commit, type Declare, type Fixture } from "./conformance.ts";
import { apply, effective, emptyModel, failing, grant, holderOf, inForce, list, type Model } from "./model.ts";
import { absent, type Batch, type Compare, type Lease, put, type Registry, remove, unchanged } from "./store.ts";

type Command = fc.AsyncCommand<Model, Fixture>;

const keys = ["a", "a/", "a/b", "a/ÿ", "a/\u{10ffff}", "a_", "b%", "b\ue000", "b\u{10000}"];
const leaseTtlMs = 1_000;
// No sum of waits comes near a lease's end or an age, so that a store with a real clock can pass too.
const waitsMs = [0, 400, 1_100];
const agesMs = [0, 250, 950];

const compacted = { code: "compacted" };
const fenced = { code: "fenced" };

const key = fc.constantFrom(...keys);
const value = fc.constantFrom("0", "1", "2");
const name = fc.constantFrom("one", "two");
const write = fc.oneof(
  fc.tuple(key, value).map(([under, text]) => put(under, text)),
  key.map(remove),
);
const page = fc.record({ limit: fc.integer({ min: 1, max: 4 }), descending: fc.boolean() }, { requiredKeys: [] });

/** Compares that hold often enough: most say what the model knows. */
const compare: fc.Arbitrary<(model: Model) => Compare> = fc.oneof(
  fc.record({ key, value }).map((guess) => () => guess),
  key.map((under) => () => absent(under)),
  {
    weight: 3,
    arbitrary: key.map((under) => ({ entries }: Model) => {
      const entry = entries.get(under);
      return entry ? unchanged(entry) : absent(under);
    }),
  },
);

/** The lease that was given `back` leases ago. */
const issued = (model: Model, back: number): Lease | undefined => model.issued.at(-1 - back);

function command(title: string, args: object, run: Command["run"]): Command {
  return { check: () => true, run, toString: () => `${title} ${JSON.stringify(args)}` };
}

const transacting = fc
  .record({
    compares: fc.array(compare, { maxLength: 3 }),
    writes: fc.uniqueArray(write, { maxLength: 6, selector: (one) => one.key }),
    leaseBack: fc.option(fc.nat(9)),
  })
  .map(({ compares, writes, leaseBack }) =>
    command("transact", { writes, leaseBack }, async (model, { registry }) => {
      const resolved = compares.map((resolve) => resolve(model));
      const lease = leaseBack === null ? undefined : issued(model, leaseBack);
      const transaction = registry.transact(resolved, writes, lease && { lease });
      if (lease && !inForce(model, lease)) return assert.rejects(transaction, fenced);
      const [result, failed] = [await transaction, failing(model, resolved)];
      if (failed) return assert.deepEqual(result, { ok: false, failed, current: model.entries.get(failed.key) });
      assert.ok(result.ok);
      if (effective(model, writes).length === 0) return assert.equal(result.revision, model.revision);
      assert.ok(result.revision > model.revision);
      apply(model, writes, result.revision);
    }),
  );

const reading = fc.record({ prefix: fc.constantFrom("", ...keys), page, after: fc.option(key) }).map((args) =>
  command("list", args, async (model, { registry }) => {
    const { prefix, after } = args;
    const asked = after?.startsWith(prefix) ? { ...args.page, after } : args.page;
    const expected = { revision: model.revision, entries: list(model, prefix, asked) };
    assert.deepEqual(await registry.list(prefix, asked), expected);
    assert.deepEqual(await registry.get(prefix), model.entries.get(prefix));
  }),
);

const compacting = fc.constantFrom(...agesMs).map((ageMs) =>
  command("compact", { ageMs }, async (model, { registry }) => {
    const old = model.history.filter((one) => one.writtenMs <= model.nowMs - ageMs).at(-1)?.batch.revision;
    const oldest = await registry.compact(ageMs);
    if (old !== undefined) assert.equal(oldest, Math.max(old, model.compacted));
    else assert.ok(oldest >= model.compacted && oldest <= Math.max(model.base, model.compacted));
    model.compacted = oldest;
  }),
);

const waiting = fc.constantFrom(...waitsMs).map((ms) =>
  command("wait", { ms }, async (model, { advance }) => {
    await advance(ms);
    model.nowMs += ms;
  }),
);

const acquiring = fc.record({ name, holder: name }).map((args) =>
  command("acquire", args, async (model, { registry }) => {
    const held = holderOf(model, args.name);
    const result = await registry.acquireLease(args.name, args.holder, leaseTtlMs);
    assert.equal(result.ok, !held || held.holder === args.holder);
    if (!result.ok) return assert.equal(result.holder, held?.holder);
    for (const lease of model.issued) assert.ok(lease.name !== args.name || lease.fencing < result.lease.fencing);
    grant(model, result.lease, args.holder, leaseTtlMs);
  }),
);

const holding = fc.record({ act: fc.constantFrom("renew", "release"), back: fc.nat(9) }).map((args) =>
  command("lease", args, async (model, { registry }) => {
    const lease = issued(model, args.back);
    const held = lease && inForce(model, lease) ? model.leases.get(lease.name) : undefined;
    if (!lease) return;
    if (args.act === "release") {
      await registry.releaseLease(lease);
      if (held) model.leases.delete(lease.name);
    } else if (held) {
      await registry.renewLease(lease);
      model.leases.set(lease.name, { ...held, endsMs: model.nowMs + leaseTtlMs });
    } else {
      await assert.rejects(registry.renewLease(lease), fenced);
    }
  }),
);

const commands = fc.commands(
  [transacting, transacting, transacting, transacting, reading, compacting, waiting, acquiring, holding],
  { size: "large", maxCommands: 60 },
);

export function modelTests(declare: Declare): void {
  declare("random operations do to a store what they do to the model", async (fixture) => {
    const property = fc.asyncProperty(commands, async (run) => {
      const model = await restart(fixture);
      const live = follow(fixture.registry, model.base);
      await fc.asyncModelRun(() => ({ model, real: fixture }), run);
      apply(model, [put("end", "")], await commit(fixture.registry, put("end", "")));
      const history = model.history.map((one) => one.batch);
      const { batches, error } = await live;
      assert.deepEqual(batches, error ? history.slice(0, batches.length) : history);
      await tellsAgain(fixture.registry, model, history);
    });
    await fc.assert(property, { numRuns: 60 });
  });
}

/** Empties the store that an earlier run used, and lets its leases run out. */
async function restart({ registry, advance }: Fixture): Promise<Model> {
  const { entries } = await registry.list("");
  await advance(2 * leaseTtlMs);
  return emptyModel(await commit(registry, ...entries.map((entry) => remove(entry.key))));
}

/** A watch beside the operations, up to the end of the run or until compaction overtook it. */
async function follow(registry: Registry, from: number): Promise<{ batches: Batch[]; error?: unknown }> {
  const batches: Batch[] = [];
  try {
    for await (const batch of registry.watch("", from)) {
      batches.push(batch);
      if (batch.changes[0]?.key === "end") break;
    }
    return { batches };
  } catch (error) {
    assert.equal((error as { code?: string }).code, compacted.code);
    return { batches, error };
  }
}

/** Watches from every revision of the run, all keys and some, against the whole history. */
async function tellsAgain(registry: Registry, model: Model, history: readonly Batch[]): Promise<void> {
  const last = model.revision;
  for (const from of [model.base, ...history.slice(0, -1).map((batch) => batch.revision)]) {
    const watched = collect(registry.watch("", from), last);
    if (from < model.compacted) await assert.rejects(watched, compacted);
    else
      assert.deepEqual(
        await watched,
        history.filter((batch) => batch.revision > from),
      );
  }
}
