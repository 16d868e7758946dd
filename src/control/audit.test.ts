import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AuditEntry } from "../wire/audit.ts";
import { emptyChain, nextEntry, verifyAudit } from "./audit.ts";
import type { AuditHead } from "./keys.ts";

function chainOf(length: number): { readonly texts: string[]; readonly head: AuditHead } {
  const texts: string[] = [];
  let head = emptyChain;
  for (let i = 1; i <= length; i++) {
    const event = {
      at: `2026-11-21T10:00:0${i % 10}.000Z`,
      author: "local:root",
      action: "spec.apply",
      subject: "acme",
    };
    const entry = nextEntry(head, { ...event, details: { i, nested: { z: 1, a: [i] } } });
    texts.push(JSON.stringify(entry));
    head = { sequence: entry.sequence, hash: entry.hash };
  }
  return { texts, head };
}

const problemOf = async (texts: readonly string[], head: AuditHead) => (await verifyAudit(texts, head)).problem;

test("a whole chain is whole, an empty one too", async () => {
  const { texts, head } = chainOf(20);
  assert.deepEqual(await verifyAudit(texts, head), { ok: true, entries: 20, head: head.hash });
  assert.equal((await verifyAudit([])).ok, true);
});

test("the order of fields in an entry's text does not matter, nor do spaces", async () => {
  const { texts, head } = chainOf(2);
  const turned = Object.fromEntries(Object.entries(JSON.parse(texts[0]!)).reverse());
  assert.equal((await verifyAudit([JSON.stringify(turned, null, 2), texts[1]!], head)).ok, true);
});

test("a change of any field of any entry is found at that entry", async () => {
  const { texts, head } = chainOf(4);
  for (const [at, text] of texts.entries()) {
    const entry = JSON.parse(text) as AuditEntry;
    const changes: object[] = [
      { at: "2027-01-01T00:00:00.000Z" },
      { author: "host:mallory" },
      { action: "token.create" },
      { subject: "other" },
      { details: { i: 99 } },
      { details: { ...entry.details, more: true } },
      { unknownField: 1 },
    ];
    for (const change of changes) {
      const changed = texts.with(at, JSON.stringify({ ...entry, ...change }));
      assert.equal((await problemOf(changed, head))?.sequence, at + 1, JSON.stringify(change));
    }
  }
});

test("an entry that was changed and given a new hash breaks the entry after it, or the head", async () => {
  const { texts, head } = chainOf(4);
  for (const at of [1, 3]) {
    const { hash: _, sequence: __, previous, ...event } = JSON.parse(texts[at]!) as AuditEntry;
    const forged = nextEntry({ sequence: at, hash: previous }, { ...event, author: "host:mallory" });
    const problem = await problemOf(texts.with(at, JSON.stringify(forged)), head);
    assert.equal(problem?.sequence, Math.min(at + 2, 4));
  }
});

test("removing, repeating, moving and adding entries, and cutting the chain short, are all found", async () => {
  const { texts, head } = chainOf(8);
  const anywhere = fc.nat({ max: texts.length - 1 });
  await fc.assert(
    fc.asyncProperty(anywhere, anywhere, fc.constantFrom("remove", "repeat", "swap", "cut"), async (a, b, what) => {
      const changed = [...texts];
      if (what === "remove") changed.splice(a, 1);
      if (what === "repeat") changed.splice(b, 0, texts[a]!);
      if (what === "swap") [changed[a], changed[b]] = [changed[b]!, changed[a]!];
      if (what === "cut") changed.length = a;
      const isSame = what === "swap" && a === b;
      assert.equal((await verifyAudit(changed, head)).ok, isSame);
    }),
  );
  const added = nextEntry(head, { at: "", author: "host:mallory", action: "x", subject: "y", details: {} });
  assert.match((await problemOf([...texts, JSON.stringify(added)], head))?.reason ?? "", /head is not its last entry/);
});

test("only a head that was kept elsewhere finds newest entries removed together with the head, or a chain written anew", async () => {
  const { texts, head } = chainOf(8);
  const kept = head.hash;
  const shorter = chainOf(6);
  assert.equal((await verifyAudit(shorter.texts, shorter.head)).ok, true);
  const cut = await verifyAudit(shorter.texts, shorter.head, kept);
  assert.deepEqual([cut.ok, cut.entries, cut.problem?.sequence], [false, 6, 6]);
  assert.match(cut.problem!.reason, /newest entries were removed/);
  assert.equal((await verifyAudit([], emptyChain, kept)).ok, false);
  assert.equal((await verifyAudit([], undefined, emptyChain.hash)).ok, false);
  for (const sequence of [1, 5, 8]) {
    const { hash } = JSON.parse(texts[sequence - 1]!) as AuditEntry;
    assert.deepEqual(await verifyAudit(texts, head, hash), { ok: true, entries: 8, head: kept, keptAt: sequence });
  }
});

test("a flaw of the chain itself comes before what was kept", async () => {
  const { texts, head } = chainOf(4);
  const { problem } = await verifyAudit(texts.toSpliced(1, 1), head, head.hash);
  assert.equal(problem?.sequence, 2);
});

test("what is no entry at all is a problem and no crash", async () => {
  const { head } = chainOf(1);
  for (const text of ["", "null", "[]", "7", "{}", '{"sequence":1}']) {
    assert.equal((await problemOf([text], head))?.sequence, 1);
  }
});
