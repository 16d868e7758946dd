import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { put, type Registry } from "../registry/store.ts";
import type { InventoryAnswer, InventoryImported } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { HostDetail, HostsAnswer } from "../wire/hosts.ts";
import type { StreamMessage } from "../wire/stream.ts";
import { demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import { exportInventory, type InventoryKeeper } from "./inventory.ts";
import { type HostRecord, hostKey, type Membership, rotationKey, type SpecRecord, specKey } from "./keys.ts";

const inventory = async ({ local }: TestControl) => (await demand<InventoryAnswer>(local, "inventoryGet")).text;
const importInto = ({ local }: TestControl, text: string, addressesOnly?: boolean) =>
  demand<InventoryImported>(local, "inventoryPut", {
    body: { text, ...(addressesOnly !== undefined && { addressesOnly }) },
  });

async function digestsOf(doors: Readonly<Record<string, Parameters<typeof openStream>[0]>>) {
  const digests: Record<string, string> = {};
  for (const [name, door] of Object.entries(doors)) {
    const stream = await openStream(door, "mesh");
    const { value } = await stream.lines[Symbol.asyncIterator]().next();
    const hello = JSON.parse(value as string) as StreamMessage;
    digests[name] = hello.type === "hello" ? hello.digest : hello.type;
    stream.close();
  }
  return digests;
}

/** As a rotation leaves it. */
async function keyRenewed({ registry }: TestControl, name: string): Promise<void> {
  const { value } = (await registry.get(hostKey(name)))!;
  const record = JSON.parse(value) as HostRecord & { readonly membership: Membership };
  const keys = record.membership.keys.map((key) => ({ ...key, since: "2026-11-20T00:00:00.000Z" }));
  await registry.transact(
    [],
    [put(hostKey(name), JSON.stringify({ ...record, membership: { ...record.membership, keys } }))],
  );
}

/** What is known of each host, but for what control heard of it since it started. */
async function detailsOf({ local }: TestControl): Promise<Record<string, HostDetail>> {
  const { hosts } = await demand<HostsAnswer>(local, "hostsList");
  const all = hosts.map(async ({ name }): Promise<[string, HostDetail]> => {
    const { lastSeenAt: _, ...detail } = await demand<HostDetail>(local, "hostGet", { path: { name } });
    return [name, { ...detail, online: false, connected: false }];
  });
  return Object.fromEntries(await Promise.all(all));
}

const timed = smallFile
  .replace("  db-1:", "  spare: {}\n  db-1:")
  .replace("access:", "access:\n  - { from: [tag:api], to: [edge-1], allow: [tcp/22], for: 2h }");

suite("an inventory", () => {
  let first: TestControl;
  let doors: Record<string, Awaited<ReturnType<TestControl["join"]>>>;
  let exported: string;
  let digests: Record<string, string>;
  let details: Record<string, HostDetail>;
  let again: TestControl | undefined;

  before(async () => {
    first = await startTestControl();
    await first.apply(timed);
    doors = {
      "edge-1": await first.join("edge-1"),
      "api-1": await first.join("api-1", { tags: ["api", "eu"] }),
      "db-1": await first.join("db-1"),
      runner: await first.join("runner", { tags: ["api"] }),
    };
    for (const name of ["gone", "spare"]) {
      await first.join(name);
      await demand(first.local, "hostRemove", { path: { name } });
    }
    await first.apply(timed.replace("hosts:", "join: { approve: true }\nhosts:"));
    doors["late"] = await first.join("late");
    await keyRenewed(first, "api-1");
    first.pass(30 * 60_000);
    exported = await inventory(first);
    details = await detailsOf(first);
    digests = await digestsOf(doors);
    const folder = dirname(dirname(first.paths.control));
    await first.running.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(join(first.paths.control, `registry.db${end}`), { force: true });
    again = await startTestControl({ folder });
  });
  after(async () => {
    await (again ?? first)?.close();
    rmSync(dirname(dirname(first.paths.control)), { recursive: true });
  });

  test("holds every host, its identity and keys, and no secret", () => {
    for (const part of [
      "  runner:",
      "tags: [ api ]",
      "tags: [ api, eu ]",
      "removedAt:",
      "publicKey:",
      "  network: { name: acme",
    ]) {
      assert.ok(exported.includes(part), part);
    }
    assert.doesNotMatch(exported, /PRIVATE|secret|token/i);
  });

  test("imported into an empty registry gives the same addresses, identities and rules: hosts go on without a word", async () => {
    await assert.rejects(inventory(again!), /no file yet/);
    // Told that they were removed, agents would take their tunnels down and end before the inventory is there.
    const early = await refused({ ...doors["api-1"]!, url: again!.stranger.url! }, "selfStatus", { body: {} });
    assert.deepEqual([early.code, early.status], ["storeUnavailable", 503]);
    const { hosts, members, unchanged } = await importInto(again!, exported);
    assert.deepEqual([hosts, members, unchanged], [8, 4, false]);
    assert.equal(await inventory(again!), exported);
    const moved = Object.entries(doors).map(([name, door]) => [name, { ...door, url: again!.stranger.url! }] as const);
    assert.deepEqual(await digestsOf(Object.fromEntries(moved)), digests);
    assert.deepEqual(await detailsOf(again!), details);
    const { entries } = await demand<AuditAnswer>(again!.local, "audit");
    assert.equal(entries[0]!.action, "inventory.import");
  });

  test("imported where it is in force changes nothing, and elsewhere than into an empty registry is refused", async () => {
    assert.equal((await importInto(again!, exported)).unchanged, true);
    const other = exported.replace("tags: [ api, eu ]", "tags: [ us ]");
    const { code, hint } = await refused(again!.local, "inventoryPut", { body: { text: other } });
    assert.deepEqual([code, hint?.includes("registry.db")], ["registryNotEmpty", true]);
    assert.equal(await inventory(again!), exported);
  });

  test("of another authority gives addresses alone, when that is asked for", async () => {
    const stranger = await startTestControl();
    try {
      const problem = await refused(stranger.local, "inventoryPut", { body: { text: exported } });
      assert.equal(problem.code, "wrongAuthority");
      assert.deepEqual(await importInto(stranger, exported, true).then(({ members }) => members), 0);
      const addresses = async ({ local }: TestControl) =>
        (await demand<HostsAnswer>(local, "hostsList")).hosts.map(({ name, ipv4, ipv6 }) => `${name} ${ipv4} ${ipv6}`);
      const inFile = (await addresses(again!)).filter((row) => !/^(runner|late) /.test(row));
      assert.deepEqual(await addresses(stranger), inFile);
      for (const name of ["runner", "late"]) await stranger.join(name);
      assert.deepEqual(await addresses(stranger), await addresses(again!));
    } finally {
      await stranger.close();
    }
  });

  test("with an error is refused, with its line", async () => {
    const problem = await refused(again!.local, "inventoryPut", {
      body: { text: exported.replace("ipv4: 10", "ipv4: x10") },
    });
    assert.equal(problem.code, "invalidInventory");
    assert.match(problem.detail, /line 8, column 11: "x10\..* is not an IPv4 address/);
  });
});

test("an inventory of a moment that passes says so, and is one all the same", async () => {
  const control = await startTestControl();
  try {
    await control.apply(smallFile);
    const record = JSON.parse((await control.registry.get(specKey))!.value) as SpecRecord;
    const trial = { untilMs: Date.now() + 3_600_000, before: smallFile };
    await control.registry.transact([], [put(specKey, JSON.stringify({ ...record, trial }))]);
    const counts = { pending: [{ host: "api-1" }], active: [], renewed: 0, failed: [] };
    const run: RotationRun = { number: 1, startedBy: "admin", startedAtMs: 0, ...counts };
    const during = async (value: RotationRun) => {
      const { list, get } = control.registry;
      const entry = { key: rotationKey, value: JSON.stringify(value), createRevision: 1, modRevision: 1 };
      const registry = { list, get: (key) => (key === rotationKey ? entry : get(key)) } as Pick<
        Registry,
        "list" | "get"
      >;
      const parts = { authority: { fingerprint: "a".repeat(64) }, clock: systemClock };
      return (await exportInventory({ ...parts, registry } as unknown as InventoryKeeper)).text;
    };
    assert.match(await during(run), /^# KEYS WERE BEING RENEWED/m);
    assert.doesNotMatch(await during({ ...run, endedAtMs: 1 }), /RENEWED/);
    const text = await inventory(control);
    assert.match(text, /^# ON TRIAL until 20/m);
    assert.equal((await importInto(control, text)).unchanged, true);
    await control.registry.transact([], [put(specKey, JSON.stringify(record))]);
    assert.doesNotMatch(await inventory(control), /TRIAL/);
  } finally {
    await control.close();
  }
});
