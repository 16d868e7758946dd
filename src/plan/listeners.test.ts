import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, listenerOf, routeOf, ruleOf, serviceOf, specOf, tagged } from "../../test/plan/spec.ts";
import type { ServiceSpec } from "../spec/service-types.ts";
import type { NginxObject, RouteObject, StreamObject } from "../wire/edge.ts";
import { compile } from "./compile.ts";

const hosts = { "edge-1": hostOf({ roles: ["edge"], reachable: true }), "db-1": hostOf({ tags: ["db"] }) };
const pace = { everyMs: 5000, timeoutMs: 2000, rise: 2, fall: 3 };
const tcp = { check: { kind: "tcp" }, ...pace } as const;
const page = { check: { kind: "http", path: "/", statuses: [{ first: 200, last: 299 }] }, ...pace } as const;

/** What the edge is told when a listener goes to a service like this. */
function told(parts: Partial<ServiceSpec>) {
  const db = serviceOf({ targets: [tagged("db")], port: 5432, ...parts });
  const spec = specOf({ hosts, access: [ruleOf(all, all)], services: { db }, listeners: [listenerOf("db")] });
  const objects = compile(spec, joined(Object.keys(hosts))).hosts["edge-1"]!.edge!;
  const { services } = JSON.parse(objects["stream"]!) as StreamObject;
  return { service: services["db"]!, trusts: (JSON.parse(objects["nginx"]!) as NginxObject).trusts };
}

test("a listener's service is asked as its health says", () => {
  assert.equal(told({}).service.health, undefined);
  assert.deepEqual(told({ health: tcp }).service.health, tcp);
});

test("a page behind TLS is asked for by those that the service trusts; a connection needs none", () => {
  const tls = { name: "db.internal", trust: { file: "/etc/ca.pem" } };
  assert.deepEqual(
    [told({ tls }), told({ tls, health: tcp })].flatMap(({ service, trusts }) => [service.tls, trusts]),
    [...[undefined, undefined, undefined, undefined]],
  );
  const { service, trusts } = told({ tls, health: page });
  assert.equal(service.tls?.name, "db.internal");
  assert.deepEqual(trusts, [{ id: service.tls?.trust, file: "/etc/ca.pem" }]);
});

test("whom a listener's service trusts is no news where a route's trusts it too", () => {
  const tls = { trust: "system" } as const;
  const services = {
    db: serviceOf({ targets: [tagged("db")], port: 443, tls, health: page }),
    web: serviceOf({ targets: [tagged("db")], port: 443, tls }),
  };
  const spec = specOf({ hosts, services, listeners: [listenerOf("db")], routes: [routeOf("web")] });
  const { nginx } = compile(spec, joined(Object.keys(hosts))).hosts["edge-1"]!.edge!;
  assert.deepEqual((JSON.parse(nginx!) as NginxObject).trusts, [{ id: "system" }]);
});

test("a listener that shares HTTPS's port passes its names on, and HTTPS answers that they are asked for elsewhere", () => {
  const services = { db: serviceOf({ targets: [tagged("db")], port: 443 }) };
  const to = [{ names: ["mail.example.com", "*.in.example.com"], service: "db" }];
  const shared = (port: number, edge = {}) => {
    const base = specOf({ hosts, services });
    const spec = { ...base, listeners: [listenerOf("tls", { port, to })], edge: { ...base.edge, ...edge } };
    const objects = compile(spec, joined(Object.keys(hosts))).hosts["edge-1"]!.edge!;
    const { listeners, proxies } = JSON.parse(objects["stream"]!) as StreamObject;
    const { https } = JSON.parse(objects["nginx"]!) as NginxObject;
    const route = objects["route/listener:tls"];
    return {
      https,
      onHttps: listeners[0]!.https,
      proxies,
      route: route === undefined ? undefined : (JSON.parse(route) as RouteObject),
    };
  };
  const { https, onHttps, proxies, route } = shared(443);
  assert.deepEqual([https, onHttps, proxies], [{ port: 443, shared: true }, true, undefined]);
  assert.deepEqual([route?.hosts, route?.respond?.status], [to[0]!.names, 421]);
  assert.deepEqual(shared(8443), { https: { port: 443 }, onHttps: undefined, proxies: undefined, route: undefined });
  const trustedProxies = ["192.0.2.0/24"];
  assert.deepEqual(shared(443, { proxyProtocol: true, trustedProxies }).proxies, trustedProxies);
});
