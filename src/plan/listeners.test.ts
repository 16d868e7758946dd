import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, listenerOf, routeOf, ruleOf, serviceOf, specOf, tagged } from "../../test/plan/spec.ts";
import type { ServiceSpec } from "../spec/service-types.ts";
import type { NginxObject, StreamObject } from "../wire/edge.ts";
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
