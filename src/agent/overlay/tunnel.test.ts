import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { MeshState, TunnelObject } from "../../wire/mesh.ts";
import { overlayOf } from "./desired.ts";
import { diff } from "./diff.ts";
import { exampleFacts, exampleMesh } from "./example.ts";
import { firewallText } from "./firewall.ts";
import { ownMark, tunnelTable } from "./model.ts";
import { actualOf, emptyKernel, removeLink, run } from "./simulated-kernel.ts";

const spoke: MeshState = {
  ...exampleMesh,
  planes: exampleMesh.planes.slice(0, 1),
  peers: exampleMesh.peers.filter(({ plane }) => plane === "pw0"),
  forwards: [],
};
const through = (parts: Partial<TunnelObject> = {}): MeshState => ({
  ...spoke,
  tunnel: { exits: ["api-1"], exits6: ["api-1"], ...parts },
});
const facts = { ...exampleFacts, control: ["203.0.113.5:8443", "[2001:DB8::5]:8443", "203.0.113.5:8443"] };
const routesOf = (mesh: MeshState) =>
  overlayOf(mesh, facts)
    .routes.filter(({ table }) => table === tunnelTable)
    .map(({ destination, link, isThrown, metric }) =>
      [destination, link ?? (isThrown ? "thrown" : "unreachable"), metric ?? ""].join(" ").trim(),
    )
    .sort();
const golden = (name: string) => readFileSync(`${import.meta.dirname}/golden/${name}.nft`, "utf8");

describe("what a host sends to the internet through an exit", () => {
  test("has a table of its own, which leads to the exit, or else nowhere", () => {
    const ground = ["0.0.0.0/1", "128.0.0.0/1", "8000::/1", "::/1"].map((half) => `${half} unreachable 5182`);
    const thrown = "169.254.0.0/16 thrown";
    const carried = ["0.0.0.0/1 pw0", "128.0.0.0/1 pw0", "8000::/1 pw0", "::/1 pw0"];
    assert.deepEqual(routesOf(through()), [...ground, ...carried, thrown].sort());
    assert.deepEqual(routesOf(through({ exits: [], exits6: [] })), [...ground, thrown].sort());
    assert.deepEqual(routesOf(through({ exits6: [] })), [...ground, ...carried.slice(0, 2), thrown].sort());
    assert.deepEqual(routesOf(spoke), []);
  });

  test("is what the file names alone, but for what it excepts", () => {
    assert.deepEqual(routesOf(through({ only: ["198.51.100.0/24"], except: ["198.51.100.7/32"] })), [
      "169.254.0.0/16 thrown",
      "198.51.100.0/24 pw0",
      "198.51.100.0/24 unreachable 5182",
      "198.51.100.7/32 thrown",
    ]);
  });

  test("goes to no exit that is reached through a third host", () => {
    const [pair] = spoke.pairs;
    const relayed = { ...pair!, paths: [{ ...pair!.paths[0]!, kind: "relay" as const, via: "relay-1" }] };
    assert.ok(routesOf({ ...through(), pairs: [relayed] }).every((route) => !route.endsWith("pw0")));
  });

  test("is all but what other routes lead to, WireGuard's own packets, and connections to control", () => {
    const { rules, links, peers } = overlayOf(through(), facts);
    const to = (address: string) => ({ address, port: 8443 });
    const both = [4, 6] as const;
    assert.deepEqual(rules, [
      { family: 4, priority: 5183, table: "main", to: to("203.0.113.5") },
      { family: 6, priority: 5183, table: "main", to: to("2001:db8::5") },
      ...both.flatMap((family) => [
        { family, priority: 5184, table: "main", exceptDefault: true },
        { family, priority: 5185, table: tunnelTable, unlessMarked: ownMark },
      ]),
    ]);
    assert.deepEqual(
      links.map(({ mark }) => mark),
      [ownMark],
    );
    assert.ok(peers[0]!.allowedIps.includes("0.0.0.0/0") && peers[0]!.allowedIps.includes("::/0"));
  });

  test("is in the firewall of both ends", () => {
    assert.equal(firewallText({ ...through(), inbound: [] }), golden("tunneled"));
    const allow = [{ protocol: "tcp", first: 443, last: 443 }] as const;
    const outward = [
      { host: "api-1", from: ["10.77.0.2/32", "fd00:77::2/128"], allow },
      { host: "api-2", from: ["10.77.0.3/32"], allow },
    ];
    const guarded = [{ name: "eth0", families: [4, 6] as const, isBridge: false }];
    assert.equal(firewallText({ ...spoke, inbound: [], outward }, { guarded }), golden("exit"));
  });

  test("takes along what the machine passes on by itself, and nothing of what it does for the overlay alone", () => {
    const guarded = [{ name: "lan", families: [4] as const, isBridge: true }];
    const subnets = [{ prefix: "192.168.10.0/24", routers: ["api-1"], own: true as const }];
    const text = firewallText({ ...through(), inbound: [], subnets }, { guarded });
    const inner = "{ 10.77.0.0/16, 192.168.10.0/24 }";
    assert.ok(text.includes(`iifname != "pw*" iifname != { "lan" } oifname "pw*" ip daddr != ${inner} accept`));
    assert.ok(text.includes(`iifname != "pw*" oifname "pw*" ip6 daddr != { fd00:77::/48 } accept`));
    assert.ok(text.includes(`oifname "pw*" ip saddr 10.77.0.0/16 ip daddr ${inner} ct zone set 51820`));
  });

  test("is made and unmade by the least changes, and a table that lost its interface still leads nowhere", () => {
    const noHistory = { given: () => undefined, seen: () => undefined, isStuck: () => false, isSilent: () => false };
    const kernel = emptyKernel();
    const settle = (mesh: MeshState) => {
      const changes = diff(overlayOf(mesh, facts), actualOf(kernel), noHistory);
      run(kernel, changes);
      return changes;
    };
    settle(through());
    assert.deepEqual(settle(through()), []);
    removeLink(kernel, "pw0");
    const left = kernel.routes.filter(({ table, isThrown }) => table === tunnelTable && !isThrown);
    assert.deepEqual(new Set(left.map(({ metric }) => metric)), new Set([5182]));
    settle(through());
    settle(spoke);
    assert.deepEqual(kernel.rules, []);
    assert.deepEqual(
      kernel.routes.filter(({ table }) => table === tunnelTable),
      [],
    );
  });
});
