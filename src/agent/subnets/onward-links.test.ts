import assert from "node:assert/strict";
import { test } from "node:test";
import { onwardLinks } from "./onward-links.ts";

const routes = [
  { destination: "0.0.0.0/0", link: "eth0" },
  { destination: "192.168.10.0/24", link: "eth1" },
  { destination: "172.17.0.0/16", link: "docker0" },
  { destination: "172.17.5.0/24", link: "br0" },
  { destination: "192.168.10.0/24", link: "pw0" },
  { destination: "2001:db8:1::/64", link: "eth1" },
];

test("the interface of the most specific route leads to a network", () => {
  assert.deepEqual(onwardLinks(["192.168.10.0/25"], routes), [{ name: "eth1", families: [4], isBridge: false }]);
  assert.deepEqual(onwardLinks(["198.51.100.0/24"], routes), [{ name: "eth0", families: [4], isBridge: false }]);
});

test("so do those of routes to parts of it", () => {
  assert.deepEqual(onwardLinks(["172.16.0.0/12"], routes.slice(1)), [
    { name: "br0", families: [4], isBridge: false },
    { name: "docker0", families: [4], isBridge: false },
  ]);
});

test("an interface leads to networks of both families", () => {
  assert.deepEqual(onwardLinks(["192.168.10.0/24", "2001:db8:1::/64"], routes), [
    { name: "eth1", families: [4, 6], isBridge: false },
  ]);
});

test("the internet is led to by the default route's interface alone", () => {
  assert.deepEqual(onwardLinks(["0.0.0.0/0", "::/0"], routes), [{ name: "eth0", families: [4], isBridge: false }]);
});

test("where no route leads, no interface does", () => {
  assert.deepEqual(onwardLinks(["2001:db8:2::/64"], routes), []);
});
