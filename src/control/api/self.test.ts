// What a host says of itself, and where it shows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openLines } from "../../lib/http.ts";
import type { ControlEvent, StatusAnswer } from "../../wire/api.ts";
import type { EdgeStatus } from "../../wire/stream.ts";
import { demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

const status: EdgeStatus = {
  program: "edge",
  capability: 1,
  version: "0.1.0",
  revision: 1,
  nginx: { running: true, workers: 2 },
  requestsPerSecond: 0,
  errorsPerSecond: 0,
  givenUpPerSecond: 2,
  floodsPerSecond: 0.5,
  targets: [{ service: "orders", target: "api-1", ejected: false, down: "status 500", connections: 2 }],
  listeners: [{ name: "raw", port: 6000, services: ["orders"], connections: 2 }],
  breakers: [{ service: "orders", state: "open", reason: "errors", active: 3 }],
  warnings: [
    {
      code: "keysUnreadable",
      severity: "warning",
      subject: "/etc/keys.json",
      text: "no such file",
      hint: "put it there",
    },
  ],
  clockMs: Date.now(),
};
const event = { id: 7, kind: "target.down", subject: "orders api-1", text: "orders does without api-1" };

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
});
after(() => control.close());

test("an edge's targets, breakers and warnings show in the status, and what it tells of is an event once", async () => {
  const edge = await control.join("edge-1");
  const { lines, close } = await openLines({ ...control.local, path: "/v1/events" });
  await demand(edge, "selfStatus", { body: { ...status, events: [event] } });
  await demand(edge, "selfStatus", { body: { ...status, events: [event, { ...event, id: 8, kind: "target.back" }] } });
  const shown = await demand<StatusAnswer>(control.local, "status");
  assert.deepEqual(shown.hosts.find(({ name }) => name === "edge-1")?.edge, status);
  const warning = shown.warnings.find(({ code }) => code === "keysUnreadable");
  assert.equal(warning?.subject, "edge-1");
  assert.equal(warning?.text, "edge-1 says of /etc/keys.json: no such file");

  const told: ControlEvent[] = [];
  for await (const line of lines) {
    if (!line.startsWith("data: ")) continue;
    const one = JSON.parse(line.slice(6)) as ControlEvent;
    if (one.kind.startsWith("target.")) told.push(one);
    if (one.kind === "target.back") break;
  }
  close();
  assert.deepEqual(
    told.map(({ kind, text }) => `${kind} ${text}`),
    ["target.down edge-1: orders does without api-1", "target.back edge-1: orders does without api-1"],
  );
});

test("what would steer a terminal, or break a line, is a space in what a host says", async () => {
  const edge = await control.join("db-1");
  const odd = "a\u001b]0;b\u0007\r\nc\u009b1m\u202ed";
  const plain = "a ]0;b c 1m d";
  const { lines, close } = await openLines({ ...control.local, path: "/v1/events" });
  const warnings = [{ code: odd, severity: "warning", subject: odd, text: odd, hint: odd }];
  const events = [{ id: 1, kind: "odd", subject: odd, text: odd }];
  await demand(edge, "selfStatus", { body: { ...status, version: odd, snapshotError: odd, warnings, events } });
  const shown = (await demand<StatusAnswer>(control.local, "status")).hosts.find(({ name }) => name === "db-1")?.edge;
  assert.deepEqual([shown?.version, shown?.snapshotError], [plain, plain]);
  assert.deepEqual(shown?.warnings, [{ code: plain, severity: "warning", subject: plain, text: plain, hint: plain }]);
  for await (const line of lines) {
    if (!line.includes('"odd"')) continue;
    assert.ok(line.includes(plain) && !line.includes("\\u001b"), line);
    break;
  }
  close();
});

test("a status that is none is refused, and says where", async () => {
  const edge = await control.join("api-1");
  for (const body of [
    { ...status, breakers: [{ service: "orders", state: "ajar" }] },
    { ...status, targets: [{ service: "orders", target: "api-1", ejected: false, down: 5 }] },
    { ...status, listeners: [{ name: "raw", port: 6000, connections: 2 }] },
    { ...status, events: Array.from({ length: 1001 }, () => event) },
    { ...status, warnings: [{ code: "x" }] },
  ]) {
    assert.equal((await refused(edge, "selfStatus", { body })).status, 400);
  }
});
