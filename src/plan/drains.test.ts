import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, routeOf, ruleOf, serviceOf, specOf, tagged } from "../../test/plan/spec.ts";
import type { Spec } from "../spec/types.ts";
import type { RouteObject, StreamObject } from "../wire/edge.ts";
import type { ServiceObject } from "../wire/edge-service.ts";
import type { Drain } from "../wire/edge-state.ts";
import { compile } from "./compile.ts";
import { plan } from "./plan.ts";

const hosts = {
  "edge-1": hostOf({ roles: ["edge"], reachable: true }),
  "api-1": hostOf({ tags: ["api"] }),
  "api-2": hostOf({ tags: ["api"] }),
};
const service = serviceOf({ targets: [tagged("api")], port: 8080 });
const base: Partial<Spec> = {
  hosts,
  access: [ruleOf(all, all)],
  services: { orders: service, copies: service },
  routes: [{ ...routeOf("orders"), mirror: { service: "copies", percent: 100, mostBytes: 1 } }],
};
const joinedHosts = joined(Object.keys(hosts));
const [route, ofService, host] = (["route", "service", "host"] as const).map(
  (kind) =>
    (name: string): Drain => ({ kind, name, endMs: 5 }),
);

function edge(drains: readonly Drain[], change: Partial<Spec> = {}) {
  const objects = compile(specOf({ ...base, ...change }), { ...joinedHosts, drains }).hosts["edge-1"]!.edge!;
  const read = <T>(key: string) => JSON.parse(objects[key] ?? "null") as T;
  return {
    objects,
    read,
    targets: (name: string) => read<ServiceObject>(`service/${name}`).targets.map((one) => one.name),
  };
}

test("an edge is told of what is drained, in an order of its own; without any there is no such object", () => {
  const drains = [ofService!("orders"), host!("api-1"), route!("orders")];
  assert.deepEqual(edge(drains).read("drains"), [host!("api-1"), route!("orders"), ofService!("orders")]);
  assert.deepEqual(edge(drains.toReversed()).objects, edge(drains).objects);
  assert.equal(edge([]).objects["drains"], undefined);
});

test("what the file has no more is not drained", () => {
  const drains = [ofService!("orders"), ofService!("gone"), route!("gone"), host!("gone"), route!("toString")];
  assert.deepEqual(edge(drains).read("drains"), [ofService!("orders")]);
});

test("no service has a target on a drained host", () => {
  assert.deepEqual(edge([host!("api-1")]).targets("orders"), ["api-2"]);
  assert.deepEqual(edge([host!("api-1"), host!("api-2")]).targets("orders"), []);
  assert.deepEqual(edge([ofService!("api-1")]).targets("orders"), ["api-1", "api-2"]);
});

test("a drained service gets no copies of another's requests, and its listeners no connections", () => {
  const mirrorOf = (...drains: Drain[]) => edge(drains).read<RouteObject>("route/orders").mirror?.service;
  assert.deepEqual(
    [mirrorOf(), mirrorOf(ofService!("orders")), mirrorOf(ofService!("copies"))],
    ["copies", "copies", undefined],
  );
  const listeners: Spec["listeners"] = [
    { name: "db", port: 5432, to: "orders", connectTimeoutMs: 1, idleTimeoutMs: 1 } as never,
  ];
  const streamTargets = (...drains: Drain[]) => {
    const { targets, drained } = edge(drains, { listeners }).read<StreamObject>("stream").services["orders"]!;
    return [targets, drained].map((some) => some?.map(({ name }) => name));
  };
  assert.deepEqual(streamTargets(), [["api-1", "api-2"], undefined]);
  assert.deepEqual(streamTargets(host!("api-2")), [["api-1"], ["api-2"]]);
  assert.deepEqual(streamTargets(ofService!("orders")), [[], ["api-1", "api-2"]]);
});

test("a plan shows no change for what is drained, and what a file without it does to the edge", () => {
  const observed = { ...joinedHosts, drains: [route!("orders"), ofService!("orders")] };
  const before = { spec: specOf(base), observed };
  assert.deepEqual(plan(before, { spec: specOf(base), observed }, 1).affectedHosts, []);
  const without = { spec: specOf({ ...base, routes: [routeOf("others")] }), observed };
  const [affected] = plan(before, without, 1).affectedHosts;
  assert.deepEqual(affected, { host: "edge-1", upserts: 2, removes: 3 }); // drains and a route; a route and its services
});
