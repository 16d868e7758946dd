import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostNamed, hostOf, joined, ruleOf, specOf, tcp } from "../../test/plan/spec.ts";
import type { AccessRule, HostSpec } from "../spec/types.ts";
import { type MeshState, meshFromObjects } from "../wire/mesh.ts";
import { compile } from "./compile.ts";
import type { Observed } from "./observed.ts";
import { createCompiler } from "./recompile.ts";

const lan = "192.168.10.0/24";
const relay = hostOf({ roles: ["relay"], reachable: true });
const hosts = {
  "api-1": hostOf(),
  "api-2": hostOf(),
  "relay-1": relay,
  "router-1": hostOf({ routes: [lan, "2001:db8:10::/48"] }),
  "router-2": hostOf({ routes: [lan], masquerade: false }),
};
const toLan = (from: string, ...prefixes: string[]): AccessRule => {
  return { ...ruleOf(hostNamed(from), all, tcp(80)), to: [], toPrefixes: prefixes };
};

function meshOf(
  name: string,
  access: readonly AccessRule[],
  options: { readonly hosts?: Readonly<Record<string, HostSpec>>; readonly observed?: Partial<Observed> } = {},
): MeshState {
  const used = options.hosts ?? hosts;
  const compiled = compile(specOf({ hosts: used, access }), { ...joined(Object.keys(used)), ...options.observed });
  return meshFromObjects(compiled.hosts[name]!.mesh)!;
}

const ips = (mesh: MeshState, plane: string, host: string) =>
  mesh.peers.find((peer) => peer.plane === plane && peer.host === host)?.allowedIps ?? [];

test("who is allowed gets the network with all hosts that lead there, and nobody else does", () => {
  const access = [toLan("api-1", lan)];
  const mesh = meshOf("api-1", access);
  assert.deepEqual(mesh.subnets, [{ own: true, prefix: lan, routers: ["router-1", "router-2"] }]);
  assert.deepEqual(
    mesh.pairs.map(({ host }) => host),
    ["router-1", "router-2"],
  );
  assert.deepEqual(meshOf("api-2", access).subnets, []);
  assert.deepEqual(meshOf("api-2", access).peers, []);
});

test("only what rules name is routed: a part of the network, and one of two that overlap", () => {
  const mesh = meshOf("api-1", [toLan("api-1", "192.168.10.7/32"), toLan("api-1", "192.168.10.0/28")]);
  assert.deepEqual(
    mesh.subnets.map(({ prefix }) => prefix),
    ["192.168.10.0/28"],
  );
});

test("the router knows per source what may be opened where, and a rule to the network opens nothing on itself", () => {
  const mesh = meshOf("router-1", [toLan("api-1", lan), toLan("api-1", "192.168.10.7/32"), toLan("api-2", lan)]);
  assert.deepEqual(
    mesh.onward.map(({ host, to }) => [host, to.map(({ prefix }) => prefix)]),
    [
      ["api-1", [lan, "192.168.10.7/32"]],
      ["api-2", [lan]],
    ],
  );
  assert.deepEqual(mesh.inbound, []);
  assert.deepEqual([mesh.host.masquerade, meshOf("router-2", []).host.masquerade], [true, false]);
  assert.equal(meshOf("api-1", []).host.masquerade, undefined);
});

test("a host that routes the network itself needs nobody for it", () => {
  assert.deepEqual(meshOf("router-1", [toLan("router-1", lan)]).subnets, []);
});

test("a relay passes it on between pairs that rules join, and its spokes take it from no other peer", () => {
  const access = [toLan("api-1", lan)];
  const relayed = meshOf("relay-1", access);
  assert.deepEqual(relayed.subnets, [{ passed: ["api-1"], prefix: lan, routers: ["router-1", "router-2"] }]);
  const mesh = meshOf("api-1", access);
  assert.ok(ips(mesh, "pwr1", "relay-1").includes(lan));
  assert.ok(!ips(mesh, "pw0", "router-1").includes(lan), "the host itself says whose it is");
  assert.ok(!ips(meshOf("router-1", access), "pwr1", "relay-1").includes(lan));
});

test("a rule that keeps off relays keeps the network off them", () => {
  const access: AccessRule[] = [{ ...toLan("api-1", lan), relay: "never" }];
  assert.deepEqual(meshOf("relay-1", access).subnets, []);
  assert.ok(!ips(meshOf("api-1", access), "pwr1", "relay-1").includes(lan));
});

test("a router that is drained leads there no more while another does", () => {
  const drains = [{ kind: "host", name: "router-1", endMs: 0 } as const];
  const subnets = (routed: typeof hosts) =>
    meshOf("api-1", [toLan("api-1", lan)], { hosts: routed, observed: { drains } }).subnets[0]?.routers;
  assert.deepEqual(subnets(hosts), ["router-2"]);
  assert.deepEqual(subnets({ ...hosts, "router-2": hostOf() }), ["router-1"]);
});

test("a compiler that remembers tells of routers that come and go", () => {
  const compiler = createCompiler();
  const observed = joined(Object.keys(hosts));
  const access = [toLan("api-1", lan), toLan("api-2", lan)];
  const changes: HostSpec[] = [hosts["router-2"], hostOf(), hostOf({ routes: ["10.1.0.0/16"] }), hosts["router-2"]];
  for (const router of changes) {
    const spec = specOf({ hosts: { ...hosts, "router-2": router }, access });
    assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
  }
});
