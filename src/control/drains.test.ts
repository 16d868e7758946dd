import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "../../test/lab/wait-for.ts";
import type { Door } from "../lib/http.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import { capability } from "../wire/capability.ts";
import type { DrainAnswer, DrainEnded, DrainsAnswer } from "../wire/drains.ts";
import type { Drain, RequestsLeft } from "../wire/edge-state.ts";
import type { EdgeStatus, StreamMessage } from "../wire/stream.ts";
import { ask, demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

const services = `services:
  orders: { targets: [tag:api], port: 8080 }
  search: { targets: [tag:api], port: 8080 }
`;
const routes = `routes:
  - { name: orders, hosts: [api.example.com], service: orders }
  - { name: search, hosts: [search.example.com], service: search }
`;
const file = `${smallFile}${services}${routes}`;

let control: TestControl;
let edge: Door;
before(async () => {
  control = await startTestControl();
  await control.apply(file);
  edge = await control.join("edge-1");
  await control.join("api-1");
});
after(() => control.close());

const drain = (names: readonly string[], forMs = 60_000) =>
  demand<DrainAnswer>(control.local, "drainStart", { body: { names, forMs } });
const undrain = (name: string) => demand<DrainEnded>(control.local, "drainEnd", { path: { name } });
const listed = async () => (await demand<DrainsAnswer>(control.local, "drainsList")).drains;
const names = async () => (await listed()).map(({ kind, name }) => `${kind}:${name}`).sort();
const lastAudit = async () => (await demand<AuditAnswer>(control.local, "audit")).entries[0]!;

/** What edge-1 is told of drains, as a new stream says it. */
async function told(): Promise<readonly Drain[]> {
  const { lines, close } = await openStream(edge, "edge");
  try {
    for await (const line of lines) {
      const message = JSON.parse(line) as StreamMessage;
      if (message.type === "snapshot") return JSON.parse(message.objects["drains"] ?? "[]") as Drain[];
    }
    throw new Error("the stream ended without a snapshot");
  } finally {
    close();
  }
}

async function report(left: RequestsLeft | undefined, revision = 1_000_000): Promise<void> {
  const drains = (await listed()).map(({ kind, name, endsAt }) => ({
    kind,
    name,
    endMs: Date.parse(endsAt),
    ...left!,
  }));
  const status: EdgeStatus = {
    ...{ program: "edge", capability, version: "0", revision, requestsPerSecond: 0, errorsPerSecond: 0, targets: [] },
    nginx: { running: true, workers: 1 },
    ...(left && { drains }),
    clockMs: Date.now(),
  };
  await demand(edge, "selfStatus", { body: status });
}

test("a drain is durable, has an author, a deadline and an audit entry, and reaches the edge", async () => {
  const before = Date.now();
  const { drains, renewed, withoutTarget } = await drain(["service:orders", "host:api-1"]);
  assert.deepEqual([renewed, withoutTarget], [[], ["orders", "search"]]);
  assert.deepEqual(
    drains.map(({ kind, name, state, edges }) => ({ kind, name, state, edges })),
    [
      { kind: "service", name: "orders", state: "draining", edges: [{ edge: "edge-1" }] },
      { kind: "host", name: "api-1", state: "draining", edges: [{ edge: "edge-1" }] },
    ],
  );
  const [first] = drains;
  assert.match(first!.by, /^local:/);
  const endMs = Date.parse(first!.endsAt);
  assert.ok(endMs >= before + 60_000 && endMs <= Date.now() + 60_000);
  const { action, subject, author } = await lastAudit();
  assert.deepEqual([action, subject, author], ["drain.start", "service:orders, host:api-1", first!.by]);
  await waitFor(async () => (await told()).length === 2, { what: "the edge to be told" });
  assert.deepEqual(await told(), [
    { kind: "host", name: "api-1", endMs },
    { kind: "service", name: "orders", endMs },
  ]);
  assert.deepEqual((await demand<StatusAnswer>(control.local, "status")).drains.length, 2);
});

test("a name that is given twice is drained once", async () => {
  const { drains } = await drain(["route:search", "route:search"]);
  assert.equal(drains.length, 1);
  await undrain("route:search");
});

test("to drain again gives another deadline", async () => {
  const [before] = (await listed()).filter(({ kind }) => kind === "service");
  const { drains, renewed } = await drain(["service:orders"], 120_000);
  assert.deepEqual(renewed, ["service:orders"]);
  assert.ok(Date.parse(drains[0]!.endsAt) > Date.parse(before!.endsAt));
  assert.equal(drains[0]!.startedAt, before!.startedAt);
  assert.equal((await lastAudit()).action, "drain.change");
});

test("it is taken back by its name, and then it is not drained", async () => {
  assert.equal((await undrain("api-1")).kind, "host");
  assert.deepEqual(await names(), ["service:orders"]);
  assert.equal((await lastAudit()).action, "drain.end");
  const problem = await refused(control.local, "drainEnd", { path: { name: "api-1" } });
  assert.deepEqual([problem.code, problem.detail], ["notFound", "api-1 is not drained"]);
  await undrain("orders");
});

test("what every edge says nothing is left of is drained, once all follow, and that is kept", async () => {
  await drain(["service:search"]);
  const state = async () => (await listed())[0]!;
  await report({ requests: 0 }, 1);
  assert.deepEqual((await state()).edges, [{ edge: "edge-1" }], "an edge that has not followed says nothing of it");
  await report({ requests: 3, webSockets: 2, inOldWorkers: 1 });
  assert.deepEqual((await state()).left, { requests: 3, webSockets: 2, inOldWorkers: 1 });
  assert.equal((await state()).state, "draining");
  await report({ requests: 0, connections: 2 });
  assert.deepEqual([(await state()).left, (await state()).state], [{ requests: 0, connections: 2 }, "draining"]);
  await report({ requests: 0 });
  await waitFor(async () => (await state()).state === "drained", { what: "it to be drained" });
  const { author, action, subject } = await lastAudit();
  assert.deepEqual([author, action, subject], ["system", "drain.done", "service:search"]);
  assert.ok((await state()).drainedAt);
  await undrain("search");
});

test("a drain goes with the route, the service or the host that it is of", async () => {
  await drain(["route:search", "service:search", "host:api-1"]);
  await control.apply(file.replace(/ {2}- \{ name: search.*\n/, ""));
  assert.deepEqual(await names(), ["host:api-1", "service:search"]);
  await control.apply(smallFile);
  assert.deepEqual(await names(), ["host:api-1"]);
  await demand(control.local, "hostRemove", { path: { name: "api-1" } });
  assert.deepEqual(await names(), []);
  await control.apply(file);
  assert.deepEqual(await names(), []);
});

test("nothing is drained when one of the names is wrong, and it is said which", async () => {
  const bad = (body: unknown) => refused(control.local, "drainStart", { body });
  const wrong = await bad({ names: ["service:search", "serch"], forMs: 1000 });
  assert.deepEqual([wrong.code, wrong.hint], ["notFound", "did you mean search?"]);
  assert.equal((await bad({ names: ["orders"], forMs: 1000 })).detail, "orders is a route and a service");
  assert.equal((await bad({ names: ["db-1"], forMs: 1000 })).detail, "there is nothing named db-1 to drain");
  assert.deepEqual(await names(), []);
});

test("a deadline that is too large, negative or no number, and a list without a name are refused", async () => {
  for (const body of [
    { names: ["search"], forMs: 7 * 86_400_000 + 1 },
    { names: ["search"], forMs: -1 },
    { names: ["search"], forMs: "30s" },
    { names: [], forMs: 0 },
    { names: [""], forMs: 0 },
    { names: ["search"] },
  ]) {
    assert.equal((await refused(control.local, "drainStart", { body })).code, "invalidRequest", JSON.stringify(body));
  }
  assert.equal((await ask(control.stranger, "drainsList")).status, 401);
});

test("a drain outlives control", async () => {
  const folder = control.paths.stateDir.replace(/\/state$/, "");
  const first = await startTestControl({ folder: `${folder}/other` });
  await first.apply(file);
  await demand(first.local, "drainStart", { body: { names: ["route:orders"], forMs: 60_000 } });
  await first.close();
  const second = await startTestControl({ folder: `${folder}/other` });
  const { drains } = await demand<DrainsAnswer>(second.local, "drainsList");
  assert.deepEqual(
    drains.map(({ kind, name }) => [kind, name]),
    [["route", "orders"]],
  );
  await second.close();
});
