import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MeshState, PlaneObject } from "../../wire/mesh.ts";
import { exampleMesh } from "./example.ts";
import { firewallText } from "./firewall.ts";
import { firewallUpdate } from "./firewall-update.ts";

const updateOf = (before: MeshState, after: MeshState) => firewallUpdate(firewallText(before), firewallText(after));
const bypass: PlaneObject = { name: "pwx", listenPort: 51821, mtu: 1420, probeAddress: "fd00:77:0:ff06::1" };
const withBypass: MeshState = { ...exampleMesh, planes: [...exampleMesh.planes, bypass] };

describe("an update of the firewall", () => {
  test("of what stays says nothing", () => {
    assert.equal(updateOf(exampleMesh, exampleMesh), "");
  });

  test("for a plane that comes writes the rules of two chains anew, and touches no map, no set and no hook", () => {
    const update = updateOf(exampleMesh, withBypass)!;
    assert.deepEqual(update.match(/^flush chain .*$/gm), [
      "flush chain inet portway whole",
      "flush chain inet portway overlay",
    ]);
    assert.doesNotMatch(update, /delete|\tmap |\tset |hook|elements/);
    assert.match(
      update,
      /ip6 daddr \{ fd00:77:0:ff00::1, fd00:77:0:ff05::1, fd00:77:0:ff06::1 \} udp dport 51830 accept/,
    );
  });

  test("for a host that comes or goes names its elements alone", () => {
    const from = ["10.77.0.9/32"];
    const allow = exampleMesh.inbound[0]!.allow;
    const more: MeshState = { ...exampleMesh, inbound: [...exampleMesh.inbound, { host: "api-9", from, allow }] };
    assert.equal(
      updateOf(exampleMesh, more),
      `table inet portway {
\tmap sources4 {
\t\ttype ipv4_addr : verdict
\t\tflags interval
\t\telements = { 10.77.0.9 : jump allow-caadb7362561 }
\t}
}
`,
    );
    assert.equal(updateOf(more, exampleMesh), "delete element inet portway sources4 { 10.77.0.9 }\n");
  });

  test("takes what leads to a chain away before the chain", () => {
    const update = updateOf(exampleMesh, { ...exampleMesh, inbound: [] })!;
    const order = [
      "delete element inet portway sources4",
      "flush chain inet portway allow-caadb7362561",
      "delete chain",
    ];
    const places = order.map((text) => update.indexOf(text));
    assert.ok(
      places.every((place, index) => place > (places[index - 1] ?? -1)),
      update,
    );
  });

  test("is not made where a set is of another kind", () => {
    const text = firewallText(exampleMesh);
    assert.equal(firewallUpdate(text.replace("flags interval", "flags constant"), text), undefined);
  });
});
