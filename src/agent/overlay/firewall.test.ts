import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Inbound, OnwardObject } from "../../wire/mesh.ts";
import { exampleMesh } from "./example.ts";
import { firewallText } from "./firewall.ts";

const golden = (name: string) => readFileSync(`${import.meta.dirname}/golden/${name}.nft`, "utf8");
const spoke = { ...exampleMesh, planes: exampleMesh.planes.slice(0, 1), forwards: [] };
const inboundText = (...inbound: Inbound[]) => firewallText({ ...spoke, inbound });

describe("the firewall of a host", () => {
  test("of a relay that serves something itself", () => {
    assert.equal(firewallText(exampleMesh), golden("relay"));
  });

  test("of a host that routes a network behind it for others", () => {
    const from = ["10.77.0.2/32", "fd00:77::2/128"];
    const onward: OnwardObject[] = [
      { host: "api-1", from, to: [{ prefix: "192.168.10.0/24", allow: [{ protocol: "tcp", first: 80, last: 90 }] }] },
      { host: "api-2", from: ["10.77.0.3/32"], to: [{ prefix: "192.168.10.7/32", allow: [{ protocol: "any" }] }] },
      { host: "api-3", from, to: [{ prefix: "2001:db8:10::/48", allow: [{ protocol: "icmp" }] }] },
    ];
    const guarded = [
      { name: "lan", families: [4] as const, isBridge: true },
      { name: "eth1", families: [4, 6] as const, isBridge: false },
    ];
    const mesh = { ...spoke, host: { ...spoke.host, masquerade: true }, inbound: [], onward };
    assert.equal(firewallText(mesh, { guarded }), golden("router"));
    const bare = firewallText({ ...mesh, host: { ...mesh.host, masquerade: false } });
    assert.doesNotMatch(bare, /masquerade|iifname "lan"/);
  });

  test("guards what forwards for the overlay's sake also when the time of its last rule is over", () => {
    const allow = [{ protocol: "tcp", first: 80, last: 80, until: 1_000 }] as const;
    const from = ["10.77.0.2/32"];
    const guarded = [{ name: "lan", families: [4] as const, isBridge: false }];
    for (const rule of [
      { onward: [{ host: "api-1", from, to: [{ prefix: "192.168.10.0/24", allow }] }] },
      { outward: [{ host: "api-1", from, allow }] },
    ]) {
      const text = firewallText({ ...spoke, inbound: [], ...rule }, { guarded, isOver: () => true });
      assert.match(text, /iifname "lan" oifname != "pw\*" meta nfproto ipv4 drop/);
      assert.doesNotMatch(text, /dport 80/);
    }
  });

  test("keeps WireGuard's own packets out of the tunnels where networks are reached through them", () => {
    const subnet = { prefix: "192.168.10.0/24", routers: ["api-1"] };
    assert.match(
      firewallText({ ...spoke, subnets: [{ ...subnet, own: true }] }),
      /oifname "pw\*" meta mark 20866 drop/,
    );
    assert.doesNotMatch(firewallText({ ...spoke, subnets: [{ ...subnet, passed: ["api-2"] }] }), /mark/);
  });

  test("of a host that lets nobody in", () => {
    assert.equal(firewallText({ ...spoke, inbound: [] }), golden("closed"));
  });

  test("holds one chain for all sources that may open the same", () => {
    const allow = [{ protocol: "tcp", first: 80, last: 80 }] as const;
    const text = inboundText(
      { host: "a", from: ["10.77.0.8/32"], allow },
      { host: "b", from: ["10.77.0.9/32"], allow },
      { host: "c", from: ["10.77.0.10/32"], allow: [{ protocol: "any" }] },
    );
    assert.equal(text.match(/chain allow-/g)?.length, 2);
    assert.match(
      text,
      /10\.77\.0\.10 : jump allow-\w+,\n\s*10\.77\.0\.8 : jump (allow-\w+),\n\s*10\.77\.0\.9 : jump \1 /,
    );
  });

  test("is the same whatever the order of objects and allowances", () => {
    const a: Inbound = { host: "a", from: ["10.77.0.8/32"], allow: [{ protocol: "icmp" }, { protocol: "any" }] };
    const b: Inbound = { host: "b", from: ["10.77.0.9/32"], allow: [{ protocol: "any" }, { protocol: "icmp" }] };
    assert.equal(inboundText(a, b), inboundText(b, { ...a, allow: a.allow.toReversed() }));
  });

  test("joins what two objects say of one source", () => {
    const from = ["10.77.0.8/32"];
    const text = inboundText(
      { host: "a", from, allow: [{ protocol: "tcp", first: 80, last: 80 }] },
      { host: "b", from, allow: [{ protocol: "udp" }] },
    );
    assert.match(text, /chain allow-\w+ \{\n\t\tmeta l4proto udp accept\n\t\ttcp dport 80 accept\n/);
    assert.equal(text.match(/10\.77\.0\.8 :/g)?.length, 1);
  });
});
