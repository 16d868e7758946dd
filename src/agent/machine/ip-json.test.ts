import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLinks, parseRoutes, parseRules } from "./ip-json.ts";

test("links: Portway's own, without link-local addresses", () => {
  const json = JSON.stringify([
    { ifname: "eth0", mtu: 1500, flags: ["UP"], addr_info: [] },
    {
      ifname: "pw0",
      mtu: 1420,
      flags: ["POINTOPOINT", "UP", "LOWER_UP"],
      addr_info: [
        { local: "fe80::1", prefixlen: 64, scope: "link" },
        { local: "fd00::1", prefixlen: 128, scope: "global" },
        { local: "10.77.0.1", prefixlen: 32, scope: "global" },
      ],
    },
    { ifname: "pwr", mtu: 1420, flags: ["POINTOPOINT"], addr_info: [] },
  ]);
  assert.deepEqual(
    [...parseLinks(json)],
    [
      ["pw0", { mtu: 1420, up: true, addresses: ["10.77.0.1/32", "fd00::1/128"] }],
      ["pwr", { mtu: 1420, up: false, addresses: [] }],
    ],
  );
});

test("routes of all tables, unreachable ones without an interface", () => {
  const json = `[{"dst":"10.77.0.3","dev":"pw0","table":"51822","scope":"link","flags":[]},
    {"type":"unreachable","dst":"10.77.0.0/16","flags":[]},{"dst":"10.77.0.2","dev":"pw0","prefsrc":"10.77.0.1","flags":[]},
    {"dst":"fd00::2","dev":"pw0","prefsrc":"fd00::1","metric":1024},{"type":"unreachable","dst":"fd00::/48","dev":"lo"},
    {"dst":"default","dev":"pw0"},{"type":"throw","dst":"169.254.0.0/16","table":"51823"},
    {"type":"unreachable","dst":"::/1","dev":"lo","table":"51823","metric":5182}]`;
  assert.deepEqual(parseRoutes(json), [
    { table: "51822", destination: "10.77.0.3/32", link: "pw0" },
    { table: "main", destination: "10.77.0.0/16" },
    { table: "main", destination: "10.77.0.2/32", link: "pw0", source: "10.77.0.1" },
    { table: "main", destination: "fd00::2/128", link: "pw0", source: "fd00::1" },
    { table: "main", destination: "fd00::/48" },
    { table: "main", destination: "default", link: "pw0" },
    { table: "51823", destination: "169.254.0.0/16", isThrown: true },
    { table: "51823", destination: "::/1", metric: 5182 },
  ]);
  assert.deepEqual(parseRoutes(""), []);
});

test("rules: Portway's alone", () => {
  const json = `[{"priority":0,"src":"all","table":"local"},
    {"priority":5182,"src":"all","iif":"pwr","iif_detached":null,"table":"51822","protocol":"181"},
    {"priority":5182,"src":"all","iif":"eth0","table":"51822","protocol":"static"},
    {"priority":5183,"src":"all","dst":"203.0.113.5","ipproto":"tcp","dport":8443,"table":"main","protocol":"181"},
    {"priority":5184,"src":"all","table":"main","suppress_prefixlen":0,"protocol":"181"},
    {"priority":5185,"not":null,"src":"all","fwmark":"0x5182","table":"51823","protocol":"181"},
    {"priority":5000,"src":"all","table":"51822","protocol":"181"}]`;
  assert.deepEqual(parseRules(json, 4), [
    { family: 4, priority: 5182, table: "51822", link: "pwr" },
    { family: 4, priority: 5183, table: "main", to: { address: "203.0.113.5", port: 8443 } },
    { family: 4, priority: 5184, table: "main", exceptDefault: true },
    { family: 4, priority: 5185, table: "51823", unlessMarked: 0x5182 },
  ]);
});
