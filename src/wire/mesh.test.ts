import assert from "node:assert/strict";
import { test } from "node:test";
import { inboundOf, meshFromObjects } from "./mesh.ts";

const hostText = JSON.stringify({ name: "db-1" });
const from = ["10.77.0.8/32"];
const allow = [{ protocol: "tcp", first: 5432, last: 5432 }];

test("what rules allow is told once for all hosts that they let in", () => {
  const inbound = (host: string) => JSON.stringify({ allowed: "1f0c", from, host });
  const objects = {
    host: hostText,
    "inbound/api-1": inbound("api-1"),
    "inbound/api-2": inbound("api-2"),
    "allow/1f0c": JSON.stringify({ allow }),
  };
  const expected = ["api-1", "api-2"].map((host) => ({ host, from, allow }));
  assert.deepEqual(meshFromObjects(objects)?.inbound, expected);
  assert.deepEqual(inboundOf(objects, "api-2"), expected[1]);
  assert.equal(inboundOf(objects, "api-3"), undefined);
});

test("a host about which it is not known what rules allow may open nothing", () => {
  const objects = { host: hostText, "inbound/api-1": JSON.stringify({ allowed: "1f0c", from, host: "api-1" }) };
  assert.deepEqual(meshFromObjects(objects)?.inbound, [{ host: "api-1", from, allow: [] }]);
});

test("a state that an older control sent, or an older agent kept, says with each host what it may open", () => {
  const objects = { host: hostText, "inbound/api-1": JSON.stringify({ allow, from, host: "api-1" }) };
  assert.deepEqual(meshFromObjects(objects)?.inbound, [{ host: "api-1", from, allow }]);
  assert.deepEqual(inboundOf(objects, "api-1"), { host: "api-1", from, allow });
});
