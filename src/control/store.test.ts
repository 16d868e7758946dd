import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { storeUnavailable } from "../registry/errors.ts";
import type { Registry } from "../registry/store.ts";
import type { SpecDocument } from "../wire/api.ts";
import type { HostsAnswer } from "../wire/hosts.ts";
import { commitsTo } from "./commit.ts";
import { ask, demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import { createSpecReader } from "./spec.ts";
import { tidy } from "./upkeep.ts";

let diskIsFull = false;
let reads = true;
/** A registry on a disk that can be full. */
const onSmallDisk = (registry: Registry): Registry => ({
  ...registry,
  get: async (key) => {
    if (!reads) throw storeUnavailable("io", "the disk does not answer");
    return registry.get(key);
  },
  transact: async (...work) => {
    if (diskIsFull) throw storeUnavailable("diskFull", "database or disk is full");
    return registry.transact(...work);
  },
});

let control: TestControl;
before(async () => {
  control = await startTestControl({ through: onSmallDisk });
  await control.apply(smallFile);
});
after(() => control.close());

test("a full disk refuses writes with a clear error, leaves reads and streams alone, and heals by itself", async () => {
  await control.join("edge-1");
  const door = await control.join("api-1");
  const { lines, close } = await openStream(door, "mesh");
  const iterator = lines[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  const { text, revision } = await demand<SpecDocument>(control.local, "specGet");

  diskIsFull = true;
  const body = { text: smallFile.replace("tcp/8080", "tcp/8081"), expectedRevision: revision };
  const problem = await refused(control.local, "specApply", { body });
  assert.deepEqual([problem.code, problem.status], ["storeUnavailable", 503]);
  assert.match(problem.detail, /disk of the control host is full/);
  assert.match(problem.hint ?? "", /recovers by itself/);
  assert.equal((await refused(control.local, "tokenCreate", { body: { kind: "join" } })).code, "storeUnavailable");
  assert.equal((await demand<SpecDocument>(control.local, "specGet")).text, text);
  assert.equal((await demand<HostsAnswer>(control.local, "hostsList")).hosts.length, 4);

  diskIsFull = false;
  assert.equal((await ask(control.local, "specApply", { body })).status, 200);
  assert.equal(
    JSON.parse((await iterator.next()).value).type,
    "delta",
    "the stream that was open all the time goes on",
  );
  close();
});

test("a store that does not answer is a clear error too, while status goes on", async () => {
  reads = false;
  const problem = await refused(control.local, "auditVerify");
  assert.deepEqual([problem.code, problem.detail], ["storeUnavailable", "the disk does not answer"]);
  assert.equal((await ask(control.local, "status")).status, 200);
  reads = true;
});

test("what has outlived its grace time is let go of, with an entry in the chain, and nothing else is", async () => {
  const { id } = await control.token();
  await control.join("old-1");
  await demand(control.local, "hostRemove", { path: { name: "old-1" } });
  const keys = ["hosts/old-1", "released/old-1", `tokens/${id}`];
  const present = () => Promise.all(keys.map(async (key) => (await control.registry.get(key)) !== undefined));
  const { registry } = control;
  const tidyAfter = (days: number) => {
    const clock = { now: () => Date.now() + days * 24 * 3_600_000, monotonic: () => 0, sleep: async () => {} };
    return tidy({ registry, commit: commitsTo(registry, clock), specInForce: createSpecReader(clock), clock });
  };
  const head = async () => JSON.parse((await registry.get("audit/head"))!.value) as { sequence: number };
  const { sequence } = await head();
  await tidyAfter(1);
  assert.deepEqual([await present(), (await head()).sequence], [[true, true, true], sequence]);
  await tidyAfter(8);
  assert.deepEqual(await present(), [true, false, true]);
  await tidyAfter(40);
  assert.deepEqual(await present(), [false, false, false]);
  assert.equal((await head()).sequence, sequence + 2);
  assert.notEqual(await registry.get("hosts/db-1"), undefined);
});
