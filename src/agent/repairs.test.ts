import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { overlayOf } from "./overlay/desired.ts";
import { exampleMesh } from "./overlay/example.ts";
import type { Actual, Change, Overlay } from "./overlay/model.ts";
import { createRepairs } from "./repairs.ts";

const desired: Overlay = overlayOf(exampleMesh, {
  keyOf: ({ name }) => ({ publicKey: name, file: name }),
  planeOf: () => "pw0",
  resolve: (endpoint) => endpoint,
});
const actual: Actual = {
  ...{ links: new Map(), routes: [], rules: [], ownRoutes: [], settings: new Map(), changedSettings: new Map() },
  firewallHolds: () => true,
};
const firewall: Change = { kind: "firewall", text: "table" };
const route: Change = { kind: "ip", words: ["route", "replace", "10.77.0.2/32"] };
const elsewhere: Overlay = { ...desired, routes: [] };

/** What is said of the last of these passes. */
function isRepair(...passes: readonly (readonly [Overlay, readonly Change[]])[]): boolean | undefined {
  const repairs = createRepairs();
  return passes.map(([wanted, changes]) => repairs.look(wanted, actual, changes)).at(-1);
}

suite("a repair", () => {
  test("is what is changed although nothing else is wanted than before", () => {
    assert.equal(isRepair([desired, []], [desired, [firewall]]), true);
    assert.equal(isRepair([desired, []], [desired, [route]]), true);
    assert.equal(isRepair([desired, []], [desired, [firewall]], [desired, [route]]), true);
  });

  test("is not what control or a path asked for, nor what goes on after that", () => {
    assert.equal(isRepair([desired, [firewall]]), false);
    assert.equal(isRepair([desired, []], [{ ...desired, firewall: "other" }, [firewall]]), false);
    assert.equal(isRepair([desired, []], [elsewhere, [route]]), false);
    assert.equal(isRepair([desired, [firewall]], [desired, [route]]), false);
  });

  test("is seen while packets move to other paths, or an MTU is measured", () => {
    assert.equal(isRepair([desired, []], [elsewhere, [route, firewall]]), true);
    const links = desired.links.map((link) => ({ ...link, mtu: 1300 }));
    assert.equal(isRepair([desired, []], [{ ...desired, links }, [firewall]]), true);
  });
});
