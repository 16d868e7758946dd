import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Door } from "../lib/http.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { put } from "../registry/store.ts";
import type { SpecDocument } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { HostDetail, RenameAnswer } from "../wire/hosts.ts";
import type { HostObject } from "../wire/mesh.ts";
import type { StreamMessage } from "../wire/stream.ts";
import { demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import { drainKey, rotationKey, type SpecRecord, specKey } from "./keys.ts";

suite("a host that gets another name", () => {
  let control: TestControl;
  let door: Door;
  before(async () => {
    control = await startTestControl();
    await control.apply(smallFile.replace("[tag:api], to: [tag:db]", "[tag:api, api-1], to: [tag:db]"));
    door = await control.join("api-1");
    for (const name of ["edge-1", "db-1", "laptop"]) await control.join(name);
  });
  after(() => control.close());

  const host = (name: string) => demand<HostDetail>(control.local, "hostGet", { path: { name } });
  const rename = (name: string, to: string) =>
    demand<RenameAnswer>(control.local, "hostRename", { path: { name }, body: { to } });
  const refusal = async (name: string, to: string) =>
    (await refused(control.local, "hostRename", { path: { name }, body: { to } })).code;

  test("keeps its addresses, identity and keys; the file in force names it anew, and its stream says so", async () => {
    const { name: _, ...before } = await host("api-1");
    const lines = await openStream(door, "mesh");
    assert.equal((await rename("api-1", "orders-1")).isInFile, true);
    let last: string | undefined;
    for await (const line of lines.lines) last = (JSON.parse(line) as StreamMessage).type;
    assert.notEqual(last, "removed"); // its agent would take its tunnels down
    const { name, connected, lastSeenAt, ...after } = await host("orders-1");
    assert.equal(name, "orders-1");
    assert.deepEqual({ ...after, connected: before.connected }, before);
    const { text } = await demand<SpecDocument>(control.local, "specGet");
    assert.match(text, /^ {2}orders-1: \{ tags: \[api\] \}$/m);
    assert.match(text, /\[tag:api, orders-1\], to/);

    const again = await openStream(door, "mesh");
    const each = again.lines[Symbol.asyncIterator]();
    await each.next();
    const snapshot = JSON.parse((await each.next()).value as string) as StreamMessage;
    again.close();
    assert.ok(snapshot.type === "snapshot");
    assert.equal((JSON.parse(snapshot.objects["host"]!) as HostObject).name, "orders-1");
    const { entries } = await demand<AuditAnswer>(control.local, "audit");
    assert.deepEqual(
      [entries[0]!.action, entries[0]!.subject, entries[0]!.details["from"]],
      ["host.rename", "orders-1", "api-1"],
    );
  });

  test("which its peers do not wait for a person to confirm", async () => {
    const { entries } = await control.registry.list("released/");
    const by = entries.find(({ key }) => key === "released/api-1")?.value ?? "";
    assert.deepEqual((JSON.parse(by) as { by: string[] }).by, ["db-1", "edge-1"]);
  });

  test("stays out of use if it is drained, and a file on trial stays on trial", async () => {
    const drained = JSON.stringify({
      by: "ops",
      startedAt: "2026-11-22T08:00:00.000Z",
      endsAt: "2026-11-22T09:00:00.000Z",
    });
    const trial = { untilMs: Date.now() + 3_600_000, before: smallFile.replace("api-1", "orders-1") };
    const { value } = (await control.registry.get(specKey))!;
    await control.registry.transact(
      [],
      [
        put(specKey, JSON.stringify({ ...JSON.parse(value), trial })),
        put(drainKey({ kind: "host", name: "orders-1" }), drained),
      ],
    );
    await rename("orders-1", "orders-2");
    const { entries } = await control.registry.list("drains/");
    assert.deepEqual(
      entries.map(({ key, value: text }) => [key, text]),
      [["drains/host/orders-2", drained]],
    );
    const record = JSON.parse((await control.registry.get(specKey))!.value) as SpecRecord;
    assert.deepEqual(record.trial, { ...trial, before: smallFile.replace("api-1", "orders-2") });
    await rename("orders-2", "orders-1");
  });

  test("is named anew in the file before a trial too, where that one alone names it", async () => {
    const { value } = (await control.registry.get(specKey))!;
    const record = JSON.parse(value) as SpecRecord;
    const trial = { untilMs: Date.now() + 3_600_000, before: smallFile.replace("api-1", "laptop") };
    await control.registry.transact([], [put(specKey, JSON.stringify({ ...record, trial }))]);
    const now = async () => JSON.parse((await control.registry.get(specKey))!.value) as SpecRecord;
    assert.equal((await rename("laptop", "phone")).isInFile, false);
    assert.deepEqual(await now(), { ...record, trial: { ...trial, before: smallFile.replace("api-1", "phone") } });
    await rename("phone", "laptop");
    await control.registry.transact([], [put(specKey, value)]);
  });

  test("that is not in the file stays out of it", async () => {
    const { revision } = await demand<SpecDocument>(control.local, "specGet");
    assert.equal((await rename("laptop", "tablet")).isInFile, false);
    assert.equal((await demand<SpecDocument>(control.local, "specGet")).revision, revision);
  });

  test("cannot take one that is there, that rests or that is none", async () => {
    assert.equal(await refusal("tablet", "db-1"), "hostNameTaken");
    assert.equal(await refusal("tablet", "api-2"), "hostNameTaken");
    assert.equal(await refusal("nobody", "somebody"), "notFound");
    assert.equal(await refusal("api-2", "api-3"), "notFound");
    for (const name of ["No", "all", "internet"]) assert.equal(await refusal("tablet", name), "invalidRequest");
    await control.join("gone");
    await demand(control.local, "hostRemove", { path: { name: "gone" } });
    const resting = { path: { name: "tablet" }, body: { to: "gone" } };
    const { code, detail } = await refused(control.local, "hostRename", resting);
    assert.match(`${code}: ${detail}`, /^hostNameTaken: gone was removed; .* are kept for it until 20\d\d-\d\d-\d\d/);
  });

  test("gets it also when keys were renewed before", async () => {
    const counts = { pending: [], active: [], renewed: 1, failed: [] };
    const run: RotationRun = { number: 1, startedBy: "admin", startedAtMs: 1, ...counts, endedAtMs: 2 };
    await control.registry.transact([], [put(rotationKey, JSON.stringify(run))]);
    await rename("tablet", "slate");
    assert.equal((await host("slate")).joined, true);
  });
});
