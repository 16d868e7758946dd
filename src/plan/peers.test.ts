import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, ruleOf, specOf, tagged } from "../../test/plan/spec.ts";
import type { AccessRule, HostSpec } from "../spec/types.ts";
import type { PeerObject } from "../wire/mesh.ts";
import { compile } from "./compile.ts";

const edge = hostOf({
  roles: ["relay"],
  endpoint: { host: "edge.example.com", port: 7000 },
  ports: { direct: 7001, relay: 7002 },
});

function peer(
  hosts: Readonly<Record<string, HostSpec>>,
  host: string,
  key: string,
  access: readonly AccessRule[] = [ruleOf(all, all)],
): PeerObject | undefined {
  const compiled = compile(specOf({ hosts, access }), joined(Object.keys(hosts)));
  const text = compiled.hosts[host]!.mesh[`peer/${key}`];
  return text === undefined ? undefined : (JSON.parse(text) as PeerObject);
}

test("the end behind NAT keeps the mapping open and knows the endpoint, the other learns it", () => {
  const hosts = { edge, home: hostOf() };
  const [out, back] = [peer(hosts, "home", "pw0/edge")!, peer(hosts, "edge", "pw0/home")!];
  assert.deepEqual([out.endpoint, out.keepaliveSeconds], ["edge.example.com:7000", 25]);
  assert.deepEqual([back.endpoint, back.keepaliveSeconds], [undefined, 0]);
});

test("two hosts with endpoints know each other's and keep nothing alive", () => {
  const hosts = { edge, "web-1": hostOf({ endpoint: { host: "2001:db8::1", port: 51820 } }) };
  const there = peer(hosts, "edge", "pw0/web-1")!;
  assert.deepEqual([there.endpoint, there.keepaliveSeconds], ["[2001:db8::1]:51820", 0]);
});

test("two hosts without endpoints are no direct peers", () => {
  assert.equal(peer({ "home-1": hostOf(), "home-2": hostOf() }, "home-1", "pw0/home-2"), undefined);
});

test("hosts behind NAT that share a relay are direct peers, and the relay's direct plane sees where each is mapped to", () => {
  const hosts = { edge, "home-1": hostOf({ tags: ["home"] }), "home-2": hostOf({ tags: ["home"] }) };
  const rules = [ruleOf(tagged("home"), tagged("home"))];
  const there = peer(hosts, "home-1", "pw0/home-2", rules)!;
  assert.deepEqual([there.endpoint, there.keepaliveSeconds, there.allowedIps.length], [undefined, 25, 3]);
  const [anchor, seen] = [peer(hosts, "home-1", "pw0/edge", rules)!, peer(hosts, "edge", "pw0/home-1", rules)!];
  assert.deepEqual([anchor.endpoint, anchor.keepaliveSeconds], ["edge.example.com:7000", 25]);
  assert.deepEqual([anchor.allowedIps, anchor.planeRoutes, seen.allowedIps], [[], [], []]);
});

test("a leg leads to the relay's own port and is always kept warm; the relay learns where its spoke is", () => {
  const hosts = { edge, "home-1": hostOf(), "web-1": hostOf({ reachable: true }) };
  for (const host of ["home-1", "web-1"]) {
    const [out, back] = [peer(hosts, host, "pwr1/edge")!, peer(hosts, "edge", `pwr/${host}`)!];
    assert.deepEqual([out.endpoint, out.keepaliveSeconds], ["edge.example.com:7002", 25]);
    assert.deepEqual([back.endpoint, back.keepaliveSeconds], [undefined, 0]);
  }
});
