import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf, joined, routeOf, specOf } from "../../test/plan/spec.ts";
import type { RouteSpec } from "../spec/route-types.ts";
import type { Spec } from "../spec/types.ts";
import type { RouteObject } from "../wire/edge.ts";
import { compile } from "./compile.ts";
import { plan } from "./plan.ts";
import { destinationText } from "./route-answers.ts";

const hosts = { "edge-1": hostOf({ roles: ["edge"], reachable: true }) };

function answering(parts: Partial<RouteSpec>): RouteSpec {
  const { service: _, ...route } = routeOf("own", parts);
  return route;
}

function compiled(route: RouteSpec, edge?: Spec["edge"]): RouteObject {
  const spec = specOf({ hosts, routes: [route], ...(edge && { edge }) });
  return JSON.parse(compile(spec, joined(["edge-1"])).hosts["edge-1"]!.edge!["route/own"]!) as RouteObject;
}

test("a route that answers itself names no service", () => {
  assert.equal("service" in compiled(answering({ redirect: { status: 307, path: "/x" } })), false);
});

test("the port of the edge belongs to its own names, where it is not the usual one", () => {
  const usual = specOf().edge;
  const other = { ...usual, https: { port: 8443 } };
  const port = (redirect: object, edge: Spec["edge"]) =>
    compiled(answering({ redirect: { status: 307, ...redirect } }), edge).redirect!.port;
  assert.equal(port({ scheme: "https", path: "/x" }, usual), undefined);
  assert.equal(port({ scheme: "https", path: "/x" }, other), 8443);
  assert.equal(port({ path: "/x" }, other), undefined);
  assert.equal(port({ scheme: "https", host: "new.example.com" }, other), undefined);
});

test("a body without a type is text", () => {
  const headers = (headers: Record<string, string>, body: string) =>
    compiled(answering({ respond: { status: 200, headers, body } })).respond!.headers;
  const text = ["Content-Type", "text/plain; charset=utf-8"];
  assert.deepEqual(headers({ "X-B": "1", "X-A": "2" }, "hi"), [text, ["X-A", "2"], ["X-B", "1"]]);
  assert.deepEqual(headers({ "content-type": "a/b" }, "hi"), [["content-type", "a/b"]]);
  assert.deepEqual(headers({}, ""), []);
});

test("a plan shows what a route answers, and that a body differs without showing it", () => {
  const details = (before: Partial<RouteSpec>, after: Partial<RouteSpec>) => {
    const side = (parts: Partial<RouteSpec>) => ({
      spec: specOf({ hosts, routes: [answering(parts)] }),
      observed: joined(["edge-1"]),
    });
    return plan(side(before), side(after), 1).changes.flatMap((change) => change.details);
  };
  const respond = { status: 200, headers: { "X-A": "1" }, body: "secret" };
  assert.deepEqual(details({ redirect: { status: 308, host: "b.example.com", prefix: "/new" } }, { respond }), [
    "redirect: 308 to same scheme://b.example.com/new/… → none",
    "respond: none → 200, headers X-A, body of 6B",
  ]);
  assert.deepEqual(details({ respond }, { respond: { ...respond, body: "hidden" } }), [
    "respond: changed in values that are not shown",
  ]);
  assert.deepEqual(details({ rewrite: { prefix: "" } }, { rewrite: { host: "b", path: "/x" } }), ["rewrite: /… → b/x"]);
  assert.deepEqual(details({}, { maintenance: { retryAfterSeconds: 600 } }), [
    "maintenance: none → 503, come back after 10m",
  ]);
});

test("nobody is warned that a route without a service asks nobody who they are", () => {
  const spec = specOf({ hosts, routes: [answering({ respond: { status: 204, headers: {}, body: "" } })] });
  assert.deepEqual(plan(null, { spec, observed: joined(["edge-1"]) }, 1).risks, []);
});

test("where a route leads is told in a few words", () => {
  const redirect = { status: 307, path: "/x" };
  assert.deepEqual(
    [
      routeOf("own"),
      routeOf("own", { maintenance: { retryAfterSeconds: 1 } }),
      answering({ redirect }),
      answering({ respond: { status: 404, headers: {}, body: "" } }),
    ].map(destinationText),
    ["own", "closed (own)", "307 to /x", "answers 404"],
  );
});
