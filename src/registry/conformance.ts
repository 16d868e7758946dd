// What any store must do to be a registry: one suite that each implementation runs against itself, through the interface
// alone. `open` gives an empty store; nothing here depends on which revisions it gives, only that they grow.
import { describe, test } from "node:test";
import { leaseTests } from "./conformance-leases.ts";
import { modelTests } from "./conformance-model.ts";
import { transactionTests } from "./conformance-transactions.ts";
import { watchTests } from "./conformance-watch.ts";
import type { Batch, Registry } from "./store.ts";

/** A store under test and the hand on its clock. */
export interface Fixture {
  readonly registry: Registry;
  /** Lets time pass for leases and for the age of changes. */
  readonly advance: (ms: number) => Promise<void>;
  /** Closes the store and removes it. */
  readonly discard: () => Promise<void>;
}

/** Declares a test that gets a fixture of its own. */
export type Declare = (title: string, body: (fixture: Fixture) => Promise<void>) => void;

/** Declares the suite for one kind of store. */
export function conformance(name: string, open: () => Promise<Fixture>): void {
  const declare: Declare = (title, body) =>
    test(title, async () => {
      const fixture = await open();
      try {
        await body(fixture);
      } finally {
        await fixture.discard();
      }
    });
  describe(`${name} is a registry`, () => {
    transactionTests(declare);
    watchTests(declare);
    leaseTests(declare);
    modelTests(declare);
  });
}

/** Makes writes that must succeed; answers their revision. */
export async function commit(registry: Registry, ...writes: Parameters<Registry["transact"]>[1]): Promise<number> {
  const result = await registry.transact([], writes);
  if (!result.ok) throw new Error("a transaction without compares failed");
  return result.revision;
}

/** The batches of a watch up to and with the one of revision `last`, or to its end. */
export async function collect(watch: AsyncIterable<Batch>, last: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batch.revision >= last) break;
  }
  return batches;
}
