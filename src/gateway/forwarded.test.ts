import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

const table: readonly (readonly [lines: readonly string[], senders: string])[] = [
  [["for=192.0.2.43"], "192.0.2.43"],
  [["For=192.0.2.43;proto=https;by=203.0.113.43"], "192.0.2.43"],
  [["proto=https; for = 192.0.2.43 ;host=a.test"], "192.0.2.43"],
  [["for=192.0.2.43, for=198.51.100.17"], "192.0.2.43, 198.51.100.17"],
  [["for=192.0.2.43", "for=198.51.100.17"], "192.0.2.43, 198.51.100.17"],
  [['for="192.0.2.43:47011"'], "192.0.2.43"],
  [['for="[2001:db8:cafe::17]"'], "2001:db8:cafe::17"],
  [['for="[2001:DB8::17]:4711"'], "2001:DB8::17"],
  [['for="[::ffff:192.0.2.1]:_x"'], "unknown"],
  [['for="192.0.2.1:_12"'], "192.0.2.1"],
  [["for=unknown"], "unknown"],
  [["for=_hidden"], "unknown"],
  [["for=192.0.2.43:47011"], "unknown"],
  [["for=[2001:db8::1]"], "unknown"],
  [['for="2001:db8::1"'], "unknown"],
  [['for="[2001:db8::1"'], "unknown"],
  [['for="[]"'], "unknown"],
  [['for=""'], "unknown"],
  [["for="], "unknown"],
  [["for"], "unknown"],
  [[""], "unknown"],
  [[";"], "unknown"],
  [["=192.0.2.1"], "unknown"],
  [["proto=https"], "unknown"],
  [["for=192.0.2.1;for=192.0.2.2"], "unknown"],
  [["for=192.0.2.1;x"], "unknown"],
  [['for="192.0.2.1\\""'], "unknown"],
  [['for="192.0.2.1'], "unknown"],
  [['for=192.0.2.1"'], "unknown"],
  [["for=192.0.2.1 192.0.2.2"], "unknown"],
  [["for=1e3"], "unknown"],
  [["192.0.2.43"], "unknown"],
  // a client's open quote hides nothing of what a proxy wrote behind it
  [['for="x, for=198.51.100.17'], "unknown, 198.51.100.17"],
  [['for="x', "for=198.51.100.17"], "unknown, 198.51.100.17"],
  [['ext="a,b";for=192.0.2.1'], "unknown, unknown"],
  [["for=192.0.2.1,, for=192.0.2.2,"], "192.0.2.1, unknown, 192.0.2.2, unknown"],
];

test("who sent a request is read from Forwarded, and what is not plain is unknown", async () => {
  const calls = table.map(([lines]) => ({ module: "gateway.forwarded", name: "sendersOf", args: [lines] }));
  assert.deepEqual(
    await runBoth(calls),
    table.map(([, senders]) => senders),
  );
});
