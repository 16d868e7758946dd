import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf, joined, routeOf, serviceOf, specOf } from "../../test/plan/spec.ts";
import type { RouteSpec, SplitSpec } from "../spec/route-types.ts";
import type { RouteObject } from "../wire/edge.ts";
import { compile } from "./compile.ts";
import { plan } from "./plan.ts";
import { destinationText } from "./route-answers.ts";

const services = [
  { name: "a", weight: 95 },
  { name: "b", weight: 5 },
];

function split(keep?: SplitSpec["keep"], shares = services): RouteSpec {
  const { service: _, ...route } = routeOf("shop", { split: { services: shares, ...(keep && { keep }) } });
  return route;
}

const situation = (route: RouteSpec, stickyKey?: string) => ({
  spec: specOf({
    hosts: { "edge-1": hostOf({ roles: ["edge"], reachable: true }) },
    services: Object.fromEntries(
      ["a", "b"].map((name) => [
        name,
        serviceOf({ urls: [{ url: `http://192.0.2.1/${name}`, address: "192.0.2.1", port: 80 }] }),
      ]),
    ),
    routes: [route],
  }),
  observed: { ...joined(["edge-1"]), ...(stickyKey !== undefined && { stickyKey }) },
});

function objects(route: RouteSpec, stickyKey?: string): Readonly<Record<string, string>> {
  const { spec, observed } = situation(route, stickyKey);
  return compile(spec, observed).hosts["edge-1"]!.edge!;
}

const shop = (...args: Parameters<typeof objects>) =>
  (JSON.parse(objects(...args)["route/shop"]!) as RouteObject).split!;

test("an edge gets every service of a split, and no service for the route itself", () => {
  const all = objects(split());
  assert.ok(all["service/a"] && all["service/b"]);
  assert.equal("service" in JSON.parse(all["route/shop"]!), false);
  assert.deepEqual(shop(split()), { services });
});

test("a header keeps by itself, a cookie by tokens that need control's key", () => {
  assert.deepEqual(shop(split({ kind: "header", name: "x-user" })), { services, keep: { header: "x-user" } });
  const cookie = { kind: "cookie", name: "place", maxAgeSeconds: 60 } as const;
  assert.deepEqual(shop(split(cookie)), { services });
  const { services: told, keep } = shop(split(cookie), "key");
  assert.deepEqual(keep, { cookie: "place", maxAgeSeconds: 60 });
  assert.equal(new Set(told.map(({ token }) => token)).size, 2);
  for (const { token } of told) assert.match(token!, /^[\w-]{22}$/);
  assert.notDeepEqual(shop(split(cookie), "other").services, told);
});

test("a service that gets copies alone reaches the edge too, and a plan tells of it", () => {
  const { split: _, ...plain } = split();
  const route = { ...plain, service: "a", mirror: { service: "b", percent: 10, mostBytes: 1024 } };
  const all = objects(route);
  assert.ok(all["service/b"]);
  assert.deepEqual((JSON.parse(all["route/shop"]!) as RouteObject).mirror, route.mirror);
  const { details } = plan(situation({ ...plain, service: "a" }), situation(route), 1).changes[0]!;
  assert.deepEqual(details, ["mirror: none → 10% to b, bodies up to 1KiB"]);
});

test("a plan tells of weights and of what keeps the choice", () => {
  const cookie = { kind: "cookie", name: "place", maxAgeSeconds: 60 } as const;
  const more = split(cookie, [
    { name: "a", weight: 90 },
    { name: "b", weight: 10 },
  ]);
  assert.deepEqual(
    plan(situation(split()), situation(more), 1).changes.flatMap(({ details }) => details),
    ["services: a 95, b 5 → a 90, b 10", "keep: none → cookie place for 1m"],
  );
  assert.equal(destinationText(more), "a 90, b 10");
});
