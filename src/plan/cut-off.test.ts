import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNamed, hostOf, joined, ruleOf, specOf, tcp } from "../../test/plan/spec.ts";
import type { AccessRule, Spec } from "../spec/types.ts";
import { compile } from "./compile.ts";
import { controlCutOff } from "./cut-off.ts";
import { plan } from "./plan.ts";
import { createCompiler } from "./recompile.ts";

const hosts = { "edge-1": hostOf({ reachable: true }), "api-1": hostOf({}), "api-2": hostOf({}) };
const toControl = (name: string) => ruleOf(hostNamed(name), hostNamed("edge-1"), tcp(7443));
const others = ruleOf(hostNamed("edge-1"), hostNamed("api-1"), tcp(8080));
const fileOf = (...access: AccessRule[]): Spec => specOf({ hosts, access: [others, ...access] });
const open = fileOf(toControl("api-1"), toControl("api-2"));
const members = joined(Object.keys(hosts));
const { ipv4: inside, ipv6 } = compile(open, members).addresses["edge-1"]!;

/** What the plan says of hosts that are cut off, if anything. */
function risk(before: Spec, after: Spec, ...doors: { address: string; port: number }[]) {
  const { risks } = plan(
    { spec: before, observed: members },
    { spec: after, observed: members },
    1,
    createCompiler(),
    doors,
  );
  return risks.find(({ code }) => code === controlCutOff);
}
const door = (address: string, port = 7443) => ({ address, port });

test("hosts that reach control inside the network alone are cut off by rules that do not let them", () => {
  for (const address of [inside, ipv6]) {
    const found = risk(open, fileOf(), door(address));
    assert.equal(found?.severity, "critical");
    assert.equal(found.text, "2 of 3 hosts would reach control no more: api-1, api-2");
    assert.match(found.hint, new RegExp(`tcp/7443 to ${address}; or .portway apply --force`));
  }
  assert.match(risk(open, fileOf(toControl("api-1")), door(inside))!.text, /^1 of 3 hosts .* api-2$/);
});

test("nobody is cut off where control has an address outside, another rule lets them, or none could before", () => {
  assert.equal(risk(open, fileOf(), door(inside), door("203.0.113.7")), undefined);
  const anyPort = fileOf(...["api-1", "api-2"].map((name) => ruleOf(hostNamed(name), hostNamed("edge-1"))));
  assert.equal(risk(open, anyPort, door(inside)), undefined);
  assert.equal(risk(fileOf(), fileOf(), door(inside)), undefined);
  assert.equal(risk(open, fileOf()), undefined);
});

test("all are cut off by a range that takes in the address where control is reached outside", () => {
  const wide: Spec = { ...open, network: { ...open.network, ipv4: "203.0.0.0/16" } };
  assert.match(risk(open, wide, door("203.0.113.7"))!.text, /^3 of 3 hosts/);
});
