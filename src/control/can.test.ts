import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CanAnswer } from "../wire/can.ts";
import { ask, demand, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  for (const name of ["edge-1", "api-1", "db-1"]) await control.join(name);
});
after(() => control.close());

const can = (query: Readonly<Record<string, string>>) => demand<CanAnswer>(control.local, "can", { query });

test("a flow that a rule allows: the rule with its line, and the whole way", async () => {
  const answer = await can({ from: "api-1", to: "db-1", protocol: "tcp", port: "5432" });
  assert.equal(answer.allowed, true);
  assert.deepEqual(answer.rule, { index: 1, line: 11, text: "from tag:api to tag:db: tcp/5432" });
  assert.deepEqual(
    answer.steps.map(({ layer }) => layer),
    ["rule", "membership", "membership", "route", "plane", "relay", "firewall"],
  );
});

test("a flow that no rule allows, and hosts that have not joined or are not there", async () => {
  const denied = await can({ from: "db-1", to: "edge-1", protocol: "icmp" });
  assert.deepEqual([denied.allowed, denied.rule, denied.steps.length], [false, undefined, 1]);
  assert.equal(denied.steps[0]?.text, "no rule allows icmp");
  const otherWay = await can({ from: "db-1", to: "api-1", protocol: "tcp", port: "5432" });
  assert.equal(
    otherWay.steps[0]?.text,
    "no rule allows tcp/5432; nearest is the rule on line 11, from tag:api to tag:db: tcp/5432, the other way round",
  );
  const absent = await can({ from: "api-2", to: "db-1", protocol: "tcp", port: "5432" });
  assert.deepEqual([absent.allowed, absent.steps.at(-1)?.text], [false, "has not joined"]);
  const query = { from: "api-9", to: "db-1", protocol: "icmp" };
  assert.equal((await refused(control.local, "can", { query })).hint, "did you mean api-1?");
});

test("an address is a host's own, or one that no host leads to", async () => {
  const { ipv4 } = await demand<{ ipv4: string }>(control.local, "hostGet", { path: { name: "db-1" } });
  const own = await can({ from: "api-1", to: ipv4, protocol: "tcp", port: "5432" });
  assert.deepEqual([own.to, own.allowed], ["db-1", true]);
  const beyond = await can({ from: "api-1", to: "192.168.10.20", protocol: "tcp", port: "5432" });
  assert.deepEqual([beyond.to, beyond.allowed, beyond.steps.length], ["192.168.10.20", false, 1]);
  assert.equal(
    (await ask(control.local, "can", { query: { from: "api-1", to: "10.1", protocol: "icmp" } })).status,
    400,
  );
});

test("what is no flow is refused", async () => {
  for (const query of [
    { from: "api-1", to: "db-1", protocol: "tcp" },
    { from: "api-1", to: "db-1", protocol: "tcp", port: "0" },
    { from: "api-1", to: "db-1", protocol: "icmp", port: "1" },
    { from: "api-1", to: "db-1", protocol: "any" },
    { from: "Api", to: "db-1", protocol: "icmp" },
  ] as Readonly<Record<string, string>>[]) {
    assert.equal((await ask(control.local, "can", { query })).status, 400, JSON.stringify(query));
  }
});

test("a file's tests hold among the hosts that there are, with the tags of their tokens, or it is not applied", async () => {
  const file = `${smallFile}tests:\n  - { from: edge-1, to: db-1, port: 8080, expect: deny }\n`;
  await control.apply(file);
  await demand(control.local, "hostRemove", { path: { name: "db-1" } });
  await control.join("db-1", { tags: ["api"], host: "db-1" });
  const { revision } = await demand<{ revision: number }>(control.local, "specGet");
  const body = { text: `${file}# again\n`, expectedRevision: revision };
  for (const route of ["specApply", "specPlan"] as const) {
    const sent = route === "specPlan" ? { text: body.text } : body;
    const { code, detail } = await refused(control.local, route, { body: sent });
    assert.equal(code, "invalidSpec");
    assert.match(detail, /line 13, column 5: edge-1 to db-1 on tcp\/8080: expected to be denied, and access\[0\]/);
  }
});
