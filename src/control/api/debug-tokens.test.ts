import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Door } from "../../lib/http.ts";
import type { DebugTokenMade } from "../../wire/api.ts";
import type { AuditAnswer } from "../../wire/audit.ts";
import type { DebugKey, WhySettings } from "../../wire/edge-state.ts";
import { type FollowResult, follower } from "../../wire/follow.ts";
import type { EdgeStatus } from "../../wire/stream.ts";
import { signDebugToken } from "../debug-tokens.ts";
import { demand, openStream, refused, startTestControl, type TestControl } from "../harness.ts";
import { debugKeyPrefix } from "../keys.ts";

const file = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge], endpoint: edge.example.com }
services:
  orders: { urls: ["http://192.0.2.10:8080"] }
routes:
  - { name: orders, hosts: [api.example.com], service: orders }
tls: { selfSigned: true }
`;
const minuteMs = 60_000;
const status: EdgeStatus = {
  ...{ program: "edge", capability: 1, version: "0.1.0", revision: 0, nginx: { running: true, workers: 2 } },
  ...{ requestsPerSecond: 0, errorsPerSecond: 0, targets: [], clockMs: Date.now() },
};

let control: TestControl;
let door: Door;
before(async () => {
  control = await startTestControl();
  await control.apply(file);
  door = await control.join("edge-1");
});
after(() => control.close());

const make = (body: object = {}) => demand<DebugTokenMade>(control.local, "debugTokenCreate", { body });
const keyOf = ({ token }: DebugTokenMade) => token.split(".")[1]!;
const settingsOf = (objects: Readonly<Record<string, string>>) =>
  JSON.parse(objects["why/settings"] ?? "{}") as WhySettings;

/** An edge that has in force what it is told, as soon as it is told. */
async function edge() {
  const { lines, close } = await openStream(door, "edge");
  const host = follower(undefined);
  host.connected();
  const held: { keys: readonly DebugKey[] } = { keys: [] };
  const done = (async () => {
    for await (const line of lines) {
      const result: FollowResult = host.feed(JSON.parse(line));
      if (result.kind !== "applied") continue;
      held.keys = settingsOf(result.state.objects).debugKeys ?? [];
      await demand(door, "selfStatus", { body: { ...status, revision: result.state.revision } });
    }
  })().catch(() => {});
  return {
    held,
    close: async () => {
      close();
      await done;
    },
  };
}

test("a token is one of a key that edges hold when it is given, and no secret of it is kept", async () => {
  const { held, close } = await edge();
  const made = await make({ route: "orders" });
  assert.deepEqual([made.route, made.behind], ["orders", []]);
  const [key] = held.keys;
  const untilSeconds = Date.parse(made.expiresAt) / 1000;
  assert.equal(made.token, signDebugToken(key!.secret, { key: key!.id, untilSeconds, route: "orders" }));
  assert.equal(key!.untilMs, Date.parse(made.expiresAt));
  const all = await make({ expiresInMs: 20 * minuteMs });
  assert.deepEqual([keyOf(all), all.route, all.behind], [key!.id, undefined, []]);
  assert.equal(held.keys[0]!.untilMs, Date.parse(all.expiresAt));
  const shorter = await make({ expiresInMs: 1_000 });
  assert.deepEqual([shorter.behind, held.keys[0]!.untilMs], [[], Date.parse(all.expiresAt)]);
  const { entries } = await demand<AuditAnswer>(control.local, "audit");
  assert.deepEqual([entries[0]!.action, entries[2]!.subject], ["debugToken.create", "orders"]);
  const kept = JSON.stringify([(await control.registry.list("")).entries, entries]);
  for (const secret of [key!.secret, made.token, made.token.split(".").at(-1)!]) assert.ok(!kept.includes(secret));
  await close();
});

test("an edge that is not connected, or does not have it yet, is named", async () => {
  assert.deepEqual((await make()).behind, ["edge-1"]);
});

test("a key signs for an hour, and is there until the last of its tokens is over", async () => {
  const { held, close } = await edge();
  const first = await make({ expiresInMs: 60 * minuteMs });
  control.pass(59 * minuteMs);
  const last = await make({ expiresInMs: 60 * minuteMs });
  assert.equal(keyOf(last), keyOf(first));
  control.pass(2 * minuteMs);
  const next = await make();
  assert.notEqual(keyOf(next), keyOf(first));
  assert.deepEqual(held.keys.map(({ id }) => id).sort(), [keyOf(first), keyOf(next)].sort());
  control.pass(61 * minuteMs);
  const later = await make();
  assert.deepEqual(
    held.keys.map(({ id }) => id),
    [keyOf(later)],
  );
  await close();
});

test("is refused: a route that is not there, a time that is too long, a stranger, a host", async () => {
  const refusal = async (from: Door, body: object) => (await refused(from, "debugTokenCreate", { body })).code;
  assert.equal(await refusal(control.local, { route: "nothing" }), "notFound");
  assert.equal(await refusal(control.local, { route: "No Name" }), "invalidRequest");
  assert.equal(await refusal(control.local, { expiresInMs: 61 * minuteMs }), "invalidRequest");
  assert.equal(await refusal(control.local, { expiresInMs: 0 }), "invalidRequest");
  assert.equal((await refused(control.stranger, "debugTokenCreate", { body: {} })).status, 401);
  assert.equal((await refused(door, "debugTokenCreate", { body: {} })).status, 403);
  assert.ok((await control.registry.list(debugKeyPrefix)).entries.length <= 2);
});
