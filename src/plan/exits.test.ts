import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNamed, hostOf, joined, ruleOf, specOf, tagged, tcp } from "../../test/plan/spec.ts";
import type { AccessRule, HostSpec, Selector } from "../spec/types.ts";
import { type MeshState, meshFromObjects } from "../wire/mesh.ts";
import { compile } from "./compile.ts";
import type { Observed } from "./observed.ts";

const tunnel = { exits: ["exit-2", "exit-1"] };
const hosts: Readonly<Record<string, HostSpec>> = {
  "api-1": hostOf({ tags: ["all"] }),
  "exit-1": hostOf({ reachable: true, roles: ["relay"], exit: { ipv4: true, ipv6: true } }),
  "exit-2": hostOf({ reachable: true, exit: { ipv4: true, ipv6: false } }),
  laptop: hostOf({ tags: ["all"], tunnel }),
  "relay-1": hostOf({ reachable: true, roles: ["relay"] }),
};
const toInternet = (from: Selector): AccessRule => ({ ...ruleOf(from, from, tcp(443)), to: [], toInternet: true });

function meshOf(name: string, access: readonly AccessRule[], observed: Partial<Observed> = {}): MeshState {
  const compiled = compile(specOf({ hosts, access }), { ...joined(Object.keys(hosts)), ...observed });
  return meshFromObjects(compiled.hosts[name]!.mesh)!;
}

const everybody = [toInternet(tagged("all"))];

test("who has a tunnel and is allowed gets its exits, in its own order; those with IPv6 for IPv6", () => {
  const mesh = meshOf("laptop", everybody);
  assert.deepEqual(mesh.tunnel, { exits: ["exit-2", "exit-1"], exits6: ["exit-1"] });
  assert.deepEqual(
    mesh.pairs.map(({ host }) => host),
    ["exit-1", "exit-2"],
  );
});

test("who is allowed and has no tunnel, and who has one and is not allowed, gets nothing by it", () => {
  assert.deepEqual([meshOf("api-1", everybody).tunnel, meshOf("api-1", everybody).pairs], [undefined, []]);
  const lone = meshOf("laptop", [toInternet(hostNamed("api-1"))]);
  assert.deepEqual([lone.tunnel, lone.pairs], [{ exits: [], exits6: [] }, []]);
});

test("an exit may lead there by IPv6 alone", () => {
  const only = { ...hosts, "exit-2": hostOf({ reachable: true, exit: { ipv4: false, ipv6: true } }) };
  const spec = specOf({ hosts: only, access: everybody });
  const mesh = (name: string) => meshFromObjects(compile(spec, joined(Object.keys(only))).hosts[name]!.mesh)!;
  assert.deepEqual(mesh("laptop").tunnel, { exits: ["exit-1"], exits6: ["exit-2", "exit-1"] });
  const [source] = mesh("exit-2").outward;
  assert.deepEqual(source!.from, [`${mesh("laptop").host.ipv6}/128`]);
});

test("each exit knows what may be opened, from the addresses that it leads out", () => {
  const [both, ipv4] = [meshOf("exit-1", everybody), meshOf("exit-2", everybody)];
  const allow = [{ protocol: "tcp", first: 443, last: 443 }];
  assert.deepEqual(
    both.outward.map(({ host, from, allow }) => [host, from.length, allow]),
    [["laptop", 2, allow]],
  );
  assert.deepEqual(
    ipv4.outward.map(({ from }) => from.length),
    [1],
  );
  assert.deepEqual(both.inbound, [], "nothing of the exit itself is opened");
  assert.deepEqual(meshOf("relay-1", everybody).outward, []);
});

test("an exit that is a relay carries it on its own port too, and a third host never does", () => {
  const mesh = meshOf("laptop", everybody);
  const whole = mesh.peers.filter(({ allowedIps }) => allowedIps.some((prefix) => prefix.endsWith("/0")));
  assert.deepEqual(
    whole.map(({ host, allowedIps }) => [host, allowedIps.filter((prefix) => prefix.endsWith("/0"))]),
    [["exit-1", ["0.0.0.0/0", "::/0"]]],
  );
  const relay = meshOf("relay-1", everybody);
  assert.ok(relay.peers.every(({ allowedIps }) => allowedIps.every((prefix) => !prefix.endsWith("/0"))));
  assert.deepEqual(relay.subnets, []);
});

test("a drained exit is used only where there is no other", () => {
  const drain = (...names: string[]) => names.map((name) => ({ kind: "host", name, endMs: 0 }) as const);
  assert.deepEqual(meshOf("laptop", everybody, { drains: drain("exit-2") }).tunnel?.exits, ["exit-1"]);
  assert.deepEqual(meshOf("laptop", everybody, { drains: drain("exit-2", "exit-1") }).tunnel?.exits, tunnel.exits);
});
