// Leases and fencing: the part of the conformance suite about who may lead.
import assert from "node:assert/strict";
import { commit, type Declare } from "./conformance.ts";
import { type Lease, put, type Registry } from "./store.ts";

const ttlMs = 10_000;
const fenced = { name: "StoreError", code: "fenced" };

async function take(registry: Registry, holder: string): Promise<Lease> {
  const result = await registry.acquireLease("leader", holder, ttlMs);
  assert.ok(result.ok, `${holder} gets the lease`);
  return result.lease;
}

export function leaseTests(declare: Declare): void {
  declare("a lease has one holder until it runs out, and the next number is higher", async ({ registry, advance }) => {
    const first = await take(registry, "one");
    await advance(ttlMs / 2);
    const refused = await registry.acquireLease("leader", "two", ttlMs);
    assert.ok(!refused.ok && refused.holder === "one");
    assert.ok(refused.remainingMs > 0 && refused.remainingMs <= ttlMs / 2, `${refused.remainingMs} ms remain`);
    await advance(ttlMs / 2 + 1);
    const second = await take(registry, "two");
    assert.ok(second.fencing > first.fencing);
    await assert.rejects(registry.renewLease(first), fenced);
  });

  declare("renewing starts a lease's time anew", async ({ registry, advance }) => {
    const lease = await take(registry, "one");
    for (let i = 0; i < 3; i++) {
      await advance(ttlMs * 0.8);
      await registry.renewLease(lease);
    }
    assert.equal((await registry.acquireLease("leader", "two", ttlMs)).ok, false);
    await advance(ttlMs + 1);
    await assert.rejects(registry.renewLease(lease), fenced);
  });

  declare("a released lease is free at once, and releasing what was lost does nothing", async ({ registry }) => {
    const first = await take(registry, "one");
    await registry.releaseLease(first);
    await assert.rejects(registry.renewLease(first), fenced);
    const second = await take(registry, "two");
    await registry.releaseLease(first);
    await registry.renewLease(second);
    assert.equal((await registry.acquireLease("leader", "one", ttlMs)).ok, false);
  });

  declare("a holder that comes back fences what it was before", async ({ registry }) => {
    const before = await take(registry, "one");
    const after = await take(registry, "one");
    assert.ok(after.fencing > before.fencing);
    await assert.rejects(registry.renewLease(before), fenced);
    await registry.renewLease(after);
  });

  declare("leases of different names know nothing of each other", async ({ registry }) => {
    const results = await Promise.all(["rollout", "rotation"].map((name) => registry.acquireLease(name, name, ttlMs)));
    assert.ok(results.every((result) => result.ok));
  });

  declare("of many that want a lease at once, exactly one gets it", async ({ registry }) => {
    const attempts = Array.from({ length: 50 }, (_, i) => registry.acquireLease("leader", `h${i}`, ttlMs));
    const results = await Promise.all(attempts);
    assert.equal(results.filter((result) => result.ok).length, 1);
  });

  declare(
    "a transaction under a lease is made while it is held and refused once it is not",
    async ({ registry, advance }) => {
      const first = await take(registry, "one");
      const write = (lease: Lease, value: string) => registry.transact([], [put("plan", value)], { lease });
      assert.equal((await write(first, "1")).ok, true);
      await advance(ttlMs + 1);
      await assert.rejects(write(first, "run out"), fenced);
      const second = await take(registry, "two");
      assert.equal((await write(second, "2")).ok, true);
      await assert.rejects(write(first, "taken over"), fenced);
      await assert.rejects(write({ name: "leader", fencing: second.fencing + 1 }, "made up"), fenced);
      await assert.rejects(write({ name: "nobody's", fencing: 1 }, "never taken"), fenced);
      await registry.releaseLease(second);
      await assert.rejects(write(second, "released"), fenced);
      assert.equal((await registry.get("plan"))?.value, "2");
    },
  );

  declare("a fenced transaction is refused whether or not its compares hold", async ({ registry }) => {
    const lost = await take(registry, "one");
    await registry.releaseLease(lost);
    await commit(registry, put("a", "1"));
    for (const value of ["1", "2"]) {
      await assert.rejects(registry.transact([{ key: "a", value }], [put("a", "x")], { lease: lost }), fenced);
    }
  });
}
