import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { put, remove } from "../../registry/store.ts";
import type { AuditAnswer, AuditEntry, AuditVerification } from "../../wire/audit.ts";
import { demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";
import { auditHeadKey, auditKey } from "../keys.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  for (let i = 0; i < 5; i++) await control.token();
});
after(() => control.close());

const verify = () => demand<AuditVerification>(control.local, "auditVerify");
const list = (query: Record<string, string> = {}) => demand<AuditAnswer>(control.local, "audit", { query });

test("entries are listed newest first, a page at a time", async () => {
  const all = (await list()).entries.map(({ sequence }) => sequence);
  assert.deepEqual(all, [7, 6, 5, 4, 3, 2, 1]);
  const page = (await list({ limit: "2", before: "6" })).entries.map(({ sequence }) => sequence);
  assert.deepEqual(page, [5, 4]);
});

test("whoever tampers with the registry behind control's back is found out", async () => {
  const untouched = await verify();
  assert.deepEqual([untouched.ok, untouched.entries], [true, 7]);
  const texts = new Map<string, string>();
  for (let sequence = 1; sequence <= 7; sequence++) {
    texts.set(auditKey(sequence), (await control.registry.get(auditKey(sequence)))!.value);
  }
  const head = (await control.registry.get(auditHeadKey))!.value;
  const third = JSON.parse(texts.get(auditKey(3))!) as AuditEntry;
  const tampering = {
    changed: [put(auditKey(3), JSON.stringify({ ...third, author: "local:nobody" }))],
    removed: [remove(auditKey(3))],
    reordered: [put(auditKey(3), texts.get(auditKey(4))!), put(auditKey(4), texts.get(auditKey(3))!)],
    cut: [remove(auditKey(7)), remove(auditKey(6))],
    beheaded: [remove(auditHeadKey)],
    destroyed: [put(auditKey(3), "nonsense")],
  };
  for (const [what, writes] of Object.entries(tampering)) {
    await control.registry.transact([], writes);
    const found = await verify();
    assert.equal(found.ok, false, what);
    assert.ok(found.problem !== undefined && found.problem.reason !== "", what);
    const restored = [...texts].map(([key, value]) => put(key, value));
    await control.registry.transact([], [...restored, put(auditHeadKey, head)]);
    assert.deepEqual(await verify(), untouched, `${what}, restored`);
  }
});

test("a head that was kept shows that the newest entries went together with the head", async () => {
  const { head: kept, entries } = await verify();
  await control.token();
  const grown = await demand<AuditVerification>(control.local, "auditVerify", { query: { head: kept } });
  assert.deepEqual([grown.ok, grown.keptAt, grown.entries], [true, entries, entries + 1]);
  const before = JSON.parse((await control.registry.get(auditKey(entries)))!.value) as AuditEntry;
  const head = put(auditHeadKey, JSON.stringify({ sequence: entries - 1, hash: before.previous }));
  await control.registry.transact([], [remove(auditKey(entries + 1)), remove(auditKey(entries)), head]);
  assert.equal((await verify()).ok, true);
  const cut = await demand<AuditVerification>(control.local, "auditVerify", { query: { head: kept } });
  assert.deepEqual([cut.ok, cut.problem?.sequence], [false, entries - 1]);
  const { code } = await refused(control.local, "auditVerify", { query: { head: "abc" } });
  assert.equal(code, "invalidRequest");
});

test("a chain that grows while it is verified is whole", async () => {
  const [result] = await Promise.all([verify(), ...Array.from({ length: 10 }, () => control.token())]);
  assert.equal(result.ok, true);
});
