import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOwnRoutes } from "./ip-json.ts";
import { ownNetworks } from "./own-networks.ts";

const printed = JSON.stringify([
  { dst: "default", gateway: "192.0.2.1", dev: "eth0", flags: [] },
  { dst: "192.0.2.0/24", dev: "eth0", protocol: "kernel", scope: "link", flags: [] },
  { dst: "172.17.0.0/16", dev: "docker0", protocol: "kernel", scope: "link", flags: [] },
  { dst: "172.17.0.0/16", dev: "docker0", protocol: "static", metric: 5, flags: [] },
  { dst: "10.9.0.7", gateway: "192.0.2.9", dev: "eth0", flags: [] },
  { dst: "10.8.0.0/16", nexthops: [{ dev: "eth0" }, { dev: "eth1" }], flags: [] },
  { dst: "169.254.0.0/16", dev: "eth0", flags: [] },
  { dst: "10.77.0.0/16", type: "unreachable", protocol: "181", flags: [] },
  { dst: "10.77.0.2", dev: "pw0", protocol: "181", flags: [] },
]);

test("networks are what a machine's own routes lead to, each once", () => {
  assert.deepEqual(ownNetworks(parseOwnRoutes(printed, 4)), [
    { prefix: "10.8.0.0/16", link: "eth0" },
    { prefix: "10.8.0.0/16", link: "eth1" },
    { prefix: "10.9.0.7/32", link: "eth0" },
    { prefix: "172.17.0.0/16", link: "docker0" },
    { prefix: "192.0.2.0/24", link: "eth0" },
  ]);
});

test("of IPv6 neither the default route nor what is on each link", () => {
  const routes = [
    { dst: "default", dev: "eth0" },
    { dst: "fe80::/64", dev: "eth0" },
    { dst: "2001:db8::/64", dev: "eth0" },
  ];
  assert.deepEqual(ownNetworks(parseOwnRoutes(JSON.stringify(routes), 6)), [{ prefix: "2001:db8::/64", link: "eth0" }]);
  assert.deepEqual(ownNetworks(parseOwnRoutes("", 6)), []);
});
