import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TopAnswer } from "../../wire/api.ts";
import type { EdgeTop } from "../../wire/top.ts";
import { answering, demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

const top: EdgeTop = {
  routes: [{ name: "orders", requestsPerSecond: 12.5, errorsPerSecond: 0.5, p50Ms: 3, p99Ms: 120 }],
  services: [{ name: "app", requestsPerSecond: 12, errorsPerSecond: 0 }],
  givenUpPerSecond: 2,
  floodsPerSecond: 0.5,
};

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
});
after(() => control.close());

test("what an edge tells is passed on with its name, and only to an administrator", async () => {
  assert.equal((await refused(control.local, "top")).code, "notRunning");
  const door = await control.join("edge-1");
  const { asked, close } = await answering(door, "edge", () => ({ answer: top }));
  assert.deepEqual(await demand<TopAnswer>(control.local, "top"), { edges: [{ ...top, edge: "edge-1" }], silent: [] });
  assert.deepEqual(asked, [{ kind: "top" }]);
  close();
  const { silent } = await demand<TopAnswer>(control.local, "top", { query: { edge: "edge-1" } });
  assert.deepEqual(silent, [{ edge: "edge-1", reason: "it is not connected" }]);
  const detailOf = async (edge: string) => (await refused(control.local, "top", { query: { edge } })).detail;
  assert.deepEqual(
    [await detailOf("api-1"), await detailOf("api-9")],
    ["api-1 is not an edge", "there is no host api-9"],
  );
  assert.equal((await refused(control.stranger, "top")).status, 401);
  assert.equal((await refused(door, "top")).status, 403);
});
