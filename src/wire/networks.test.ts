import assert from "node:assert/strict";
import { test } from "node:test";
import { inside, overlapping, overlapWarnings } from "./networks.ts";

const networks = [
  { prefix: "10.77.1.0/24", link: "docker0" },
  { prefix: "10.0.0.0/8", link: "eth0" },
  { prefix: "192.168.10.0/24", link: "wlan0" },
  { prefix: "2001:db8::/64", link: "eth0" },
];
const prefixes = (found: readonly { readonly prefix: string }[]) => found.map(({ prefix }) => prefix);

test("networks overlap a range that holds them and one that they hold", () => {
  assert.deepEqual(prefixes(overlapping("10.77.0.0/16", networks)), ["10.77.1.0/24", "10.0.0.0/8"]);
  assert.deepEqual(prefixes(inside("10.77.0.0/16", networks)), ["10.77.1.0/24"]);
  assert.deepEqual(overlapping("fd00:77::/48", networks), []);
});

test("what is in the way of the network is critical, what a host has itself is only told", () => {
  const told = overlapWarnings(
    "laptop",
    ["10.77.0.0/16", "fd00:77::/48"],
    ["192.168.10.0/25", "172.16.0.0/24"],
    networks,
  );
  assert.deepEqual(
    told.map(({ code, severity, subject }) => [code, severity, subject]),
    [
      ["rangeOverlap", "critical", "10.77.1.0/24"],
      ["rangeOverlap", "critical", "10.0.0.0/8"],
      ["networkShadowed", "info", "192.168.10.0/24"],
    ],
  );
  assert.match(
    told[0]!.text,
    /10\.77\.1\.0\/24 \(docker0\) is a network of laptop itself and overlaps 10\.77\.0\.0\/16/,
  );
});
