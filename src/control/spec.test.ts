import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ApplyAnswer, SpecDocument, ValidateAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { Problem } from "../wire/errors.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { Plan } from "../wire/plan.ts";
import { ask, demand, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
});
after(() => control.close());

const withPort = (port: number) => smallFile.replace("tcp/8080", `tcp/${port}`);
const current = () => demand<SpecDocument>(control.local, "specGet");
const apply = (text: string, expectedRevision: number) =>
  ask(control.local, "specApply", { body: { text, expectedRevision } });

test("before the first apply the file is empty at revision 0, and a plan adds everything", async () => {
  assert.equal((await current()).revision, 0);
  const plan = await demand<Plan>(control.local, "specPlan", { body: { text: smallFile } });
  assert.equal(plan.baseRevision, 0);
  assert.ok(plan.changes.every(({ action }) => action === "add"));
});

test("an apply bound to the planned revision puts the file in force, in its author's name", async () => {
  const answer = JSON.parse((await apply(smallFile, 0)).body) as ApplyAnswer;
  const document = await current();
  assert.deepEqual([document.text, document.revision, document.appliedBy], [smallFile, answer.revision, "local:root"]);
  const { entries } = await demand<AuditAnswer>(control.local, "audit", { query: { limit: "1" } });
  assert.deepEqual([entries[0]?.action, entries[0]?.subject], ["spec.apply", "acme"]);
});

test("an apply of an older plan is stale and changes nothing", async () => {
  const before = await current();
  const problem = JSON.parse((await apply(withPort(9000), before.revision - 1)).body) as Problem;
  assert.equal(problem.code, "staleRevision");
  assert.deepEqual(await current(), before);
});

test("of two applies at once exactly one wins", async () => {
  const { revision } = await current();
  const replies = await Promise.all([apply(withPort(9001), revision), apply(withPort(9002), revision)]);
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 409]);
  const winner = replies.findIndex(({ status }) => status === 200);
  assert.equal((await current()).text, withPort(9001 + winner));
});

test("a file with errors is refused with all of them, by apply and plan alike, and validate lists them", async () => {
  const wrong = smallFile.replace("tag:db", "tag:nobody").replace("10.77.0.0/16", "10.77.0.0/99");
  for (const route of ["specPlan", "specApply"] as const) {
    const body = { text: wrong, ...(route === "specApply" && { expectedRevision: 0 }) };
    const problem = await refused(control.local, route, { body });
    assert.equal(problem.code, "invalidSpec");
    const { issues } = problem.details as ValidateAnswer;
    assert.ok(issues.length >= 1 && issues.every(({ line, hint }) => line > 0 && hint !== ""));
  }
  const { valid, issues } = await demand<ValidateAnswer>(control.local, "specValidate", { body: { text: wrong } });
  assert.equal(valid, false);
  assert.ok(issues.length >= 1);
});

test("a file that the registry cannot hold is too large, not an error of the store", async () => {
  const text = `${smallFile}# ${"\\".repeat(600_000)}\n`;
  assert.equal((await refused(control.local, "specPlan", { body: { text } })).code, "tooLarge");
});

test("a plan of the file in force changes nothing", async () => {
  const { text, revision } = await current();
  const plan = await demand<Plan>(control.local, "specPlan", { body: { text } });
  assert.deepEqual([plan.baseRevision, plan.changes, plan.affectedHosts], [revision, [], []]);
});

test("a host that the file names no more is out, its peers may let go of it, and its addresses rest", async () => {
  await control.apply(smallFile);
  const door = await control.join("db-1");
  await control.join("api-1");
  const { ipv4 } = await demand<HostDetail>(control.local, "hostGet", { path: { name: "db-1" } });
  const without = smallFile.replace("  db-1: { tags: [db] }\n", "").replace(/ {2}- \{ from: \[tag:api\].*\n/, "");
  await control.apply(without);
  assert.equal((await refused(door, "stream", { query: { part: "mesh" } })).code, "hostRemoved");
  const released = await control.registry.get("released/db-1");
  assert.ok((JSON.parse(released!.value) as { by: string[] }).by.includes("api-1"));
  await control.apply(smallFile);
  const again = await demand<HostDetail>(control.local, "hostGet", { path: { name: "db-1" } });
  assert.deepEqual([again.joined, again.ipv4], [false, ipv4]);
});

test("what an edge says of a file that it reads is no word of control's: it cannot hold up an apply, nor steer a terminal", async () => {
  const served = (names: string) =>
    `${smallFile}tls: { certificates: [{ certificate: /a.pem, key: /a.key, names: [${names}] }] }\n`;
  await control.apply(served("a.example"));
  const edge = await control.join("edge-1");
  const words = { text: "gone\u001b[2J\nApply this? yes", hint: "put it\u0007 back" };
  const warnings = [{ code: "controlCutOff", severity: "critical", subject: "/a.pem", ...words }];
  const counts = { requestsPerSecond: 0, errorsPerSecond: 0, targets: [], nginx: { running: true, workers: 1 } };
  const about = { program: "edge", capability: 1, version: "1", revision: 0, clockMs: 0 };
  await demand(edge, "selfStatus", { body: { ...about, ...counts, warnings } });

  const text = served("a.example, b.example");
  const { risks } = await demand<Plan>(control.local, "specPlan", { body: { text } });
  const said = risks.find(({ subject }) => subject === "edge-1")!;
  assert.deepEqual(
    [said.code, said.text, said.hint],
    ["edgeFileSaid", "edge-1 says of /a.pem: gone [2J Apply this? yes", "put it  back"],
  );
  await control.apply(text);
});
