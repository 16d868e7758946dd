import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Door } from "../../lib/http.ts";
import type { PingAnswer } from "../../wire/api.ts";
import type { PathPing } from "../../wire/ping.ts";
import { answering, demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

const measured: PathPing = { kind: "direct", plane: "pw0", inUse: true, sent: 5, roundTripsMs: [1, 2] };

let control: TestControl;
let edge: Door;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  edge = await control.join("edge-1");
  await control.join("api-1");
});
after(() => control.close());

const ask = (query: Record<string, string>, name = "edge-1") => ({ path: { name }, query });

test("the host is asked, and its answer told", async () => {
  const one = await answering(edge, "mesh", () => ({ answer: [measured] }));
  const answer = await demand<PingAnswer>(control.local, "hostPing", ask({ to: "api-1" }));
  assert.deepEqual(answer, { from: "edge-1", to: "api-1", paths: [measured] });
  assert.deepEqual(one.asked, [{ kind: "ping", host: "api-1", count: 5 }]);
  one.close();
});

test("a host that is away, unknown, or makes no sense is told as such", async () => {
  const away = await refused(control.local, "hostPing", ask({ to: "edge-1" }, "api-1"));
  assert.equal(away.code, "unreachable");
  assert.match(away.detail, /api-1 tells nothing of edge-1: it is not connected/);
  for (const to of ["api-9", "db-1"]) // the file names db-1, and it has not joined
    assert.equal((await refused(control.local, "hostPing", ask({ to }))).code, "notFound");
  assert.equal((await refused(control.local, "hostPing", ask({ to: "api-1" }, "nobody"))).code, "notFound");
  assert.match((await refused(control.local, "hostPing", ask({ to: "edge-1" }))).detail, /edge-1 is one host/);
  for (const [told, reason] of [
    [{ error: "no access rule joins it and api-1" }, /no access rule joins it/],
    [{ answer: [{ ...measured, kind: "magic" }] }, /cannot be read/],
  ] as const) {
    const one = await answering(edge, "mesh", () => told);
    assert.match((await refused(control.local, "hostPing", ask({ to: "api-1" }))).detail, reason);
    one.close();
  }
});

test("counts are bounded, and only administrators ask", async () => {
  for (const count of ["0", "21", "x"])
    assert.equal((await refused(control.local, "hostPing", ask({ to: "api-1", count }))).code, "invalidRequest");
  assert.equal((await refused(control.stranger, "hostPing", ask({ to: "api-1" }))).status, 401);
});
