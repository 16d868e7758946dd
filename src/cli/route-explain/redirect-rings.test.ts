// What `validate` says of redirects, against requests that are followed by the gateway's own router.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pathBelow } from "../../gateway/routing/path-below.ts";
import { withLuaString } from "../../lib/lua-string.ts";
import { redirectRings, type Stop } from "../../spec/redirect-rings.ts";
import { routeTable } from "../../spec/route-table.ts";
import type { Condition, PathMatch, RedirectSpec, RouteSpec } from "../../spec/route-types.ts";
import type { Spec } from "../../spec/types.ts";
import { routed } from "./routing.ts";

type Request = Stop["request"];

const segments = ["/a", "/b", "/c"];
const words = (extra: readonly string[]) => fc.constantFrom(...segments, ...extra);
const pathText = fc.array(words(["/{id}"]), { maxLength: 3 }).map((all) => all.join(""));
const match = fc
  .record({ kind: fc.constantFrom("exact", "prefix"), path: pathText })
  .map(({ kind, path }): PathMatch => {
    let named = 0;
    return { kind: path === "" ? "prefix" : (kind as "exact"), path: path.replace(/\{id\}/g, () => `{id${named++}}`) };
  });
const literal = fc.array(words([]), { maxLength: 3 }).map((all) => all.join(""));
const host = fc.constantFrom("one.test", "a.one.test", "*.one.test", "*");
const target: fc.Arbitrary<Partial<RedirectSpec>> = fc.oneof(
  literal.map((path) => ({ path: path || "/" })),
  literal.map((prefix) => ({ prefix })),
  fc.constant({}),
);
const redirect = fc
  .record({
    status: fc.constantFrom(301, 303, 307),
    host: fc.option(fc.constantFrom("one.test", "a.one.test", "b.one.test", "two.test:8443")),
    target,
  })
  .map(({ status, host, target }): RedirectSpec => ({ status, ...(host && { host }), ...target }));
const condition = fc.record({
  name: fc.constantFrom("x", "y"),
  match: fc.constantFrom("exact", "prefix", "present"),
  value: fc.constantFrom("1", "12"),
}) as fc.Arbitrary<Condition>;
const conditions = fc.uniqueArray(condition, { maxLength: 1, selector: ({ name }) => name });
const someRoutes = fc
  .array(
    fc.record({
      hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 2 }),
      paths: fc.uniqueArray(match, { minLength: 1, maxLength: 2, selector: ({ kind, path }) => `${kind}${path}` }),
      methods: fc.uniqueArray(fc.constantFrom("GET", "POST"), { maxLength: 1 }),
      headers: conditions,
      query: conditions,
      redirect: fc.option(redirect, { freq: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(
      ({ redirect, ...route }, index) =>
        ({ name: `r${index}`, ...route, ...(redirect && { redirect }) }) as unknown as RouteSpec,
    ),
  );

function taken(routes: readonly RouteSpec[], { method, host, path, headers, query }: Request): RouteSpec | undefined {
  const text = new URLSearchParams(query).toString();
  const asked = {
    method,
    isSecure: true,
    host,
    target: text ? `${path}?${text}` : path,
    headers: new Map(Object.entries(headers)),
  };
  const outcome = routed(routes, asked);
  return outcome.kind === "route" ? outcome.route : undefined;
}

/** What the gateway's Location and a client make of it; undefined: it is answered, or goes elsewhere. */
function next(routes: readonly RouteSpec[], request: Request): Request | undefined {
  const route = taken(routes, request);
  if (!route?.redirect) return undefined;
  const { status, host = request.host, path, prefix } = route.redirect;
  if (host.includes(":")) return undefined;
  const kept =
    prefix === undefined
      ? request.path
      : prefix + withLuaString(() => pathBelow(route.paths, request.path, request.path));
  const method = status === 303 || (status === 301 && request.method === "POST") ? "GET" : request.method;
  return { ...request, method, host, path: path ?? (kept || "/") };
}

const isAnswered = (routes: readonly RouteSpec[], request: Request): boolean => {
  let at: Request | undefined = request;
  for (let steps = 0; at && steps < 60; steps++) at = next(routes, at);
  return at === undefined;
};

const edge = { http: null, https: { port: 443 } } as unknown as Spec["edge"];
const rings = (routes: readonly RouteSpec[]) => redirectRings({ routes, edge } as Spec).rings;

const request = (host: string, path: string, method: string, given: Record<string, string>): Request => ({
  ...{ scheme: "https", method, host, path, headers: given, query: given },
});
const someRequest = fc.record({
  host: fc.constantFrom("one.test", "a.one.test", "z.one.test", "other.test"),
  path: fc.array(fc.constantFrom(...segments, "/x"), { maxLength: 4 }).map((all) => all.join("")),
  slash: fc.boolean(),
  method: fc.constantFrom("GET", "POST"),
  given: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "12", "2"), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
});

test("the checks' table of routes agrees with the gateway's router", () => {
  fc.assert(
    fc.property(someRoutes, someRequest, (routes, { host, path, slash, method, given }) => {
      const asked = request(host, path + (slash || path === "" ? "/" : ""), method, given);
      assert.equal(routeTable(routes)(asked)?.route.name, taken(routes, asked)?.name);
    }),
    { numRuns: 1000 },
  );
});

test("no request of a ring that is found is ever answered", () => {
  fc.assert(
    fc.property(someRoutes, (routes) => {
      for (const { way } of rings(routes)) assert.equal(isAnswered(routes, way[0]!.request), false);
    }),
    { numRuns: 200 },
  );
});

test("where a plain request for a path that a redirect names is sent around for ever, a ring is found", () => {
  fc.assert(
    fc.property(someRoutes, (routes) => {
      const places = routes.flatMap((route) =>
        route.redirect
          ? route.paths.map(({ path }) =>
              request(route.hosts[0]!.replace("*", "z"), path.replace(/\{\w+\}/g, "x") || "/", "GET", {}),
            )
          : [],
      );
      const isLost = places.some((place) => taken(routes, place)?.redirect && !isAnswered(routes, place));
      if (isLost) assert.notEqual(rings(routes).length, 0);
    }),
    { numRuns: 400 },
  );
});
