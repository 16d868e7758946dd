import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../test/lua/both.ts";

interface Route {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly paths: readonly { readonly kind: "exact" | "prefix"; readonly path: string }[];
  readonly methods: readonly string[];
}

type Request = readonly [method: string, host: string, path: string];

/** The name of the route that takes each request, `405 ALLOW` or `404`. */
async function routed(routes: readonly Route[], requests: readonly Request[]): Promise<string[]> {
  const results = await runBoth([
    { module: "gateway.router-build", name: "emptyRouter", args: [], as: "router" },
    ...routes.map((route) => ({
      module: "gateway.router-build",
      name: "addRoute",
      args: [{ $: "router" }, route],
    })),
    ...requests.map((request) => ({ module: "probe", name: "routed", args: [{ $: "router" }, ...request] })),
  ]);
  return results.slice(1 + routes.length).map(String);
}

const prefix = (path: string) => ({ kind: "prefix", path }) as const;
const exact = (path: string) => ({ kind: "exact", path }) as const;

const routes: readonly Route[] = [
  { name: "orders", hosts: ["api.test"], paths: [prefix("/orders")], methods: ["GET", "POST"] },
  { name: "order-search", hosts: ["api.test"], paths: [exact("/orders/search")], methods: ["GET"] },
  { name: "order-delete", hosts: ["api.test"], paths: [prefix("/orders")], methods: ["DELETE"] },
  { name: "deep", hosts: ["api.test"], paths: [prefix("/a/b/c/d/e")], methods: [] },
  { name: "third", hosts: ["api.test"], paths: [prefix("/a/b/c")], methods: [] },
  { name: "first", hosts: ["api.test"], paths: [prefix("/a")], methods: [] },
  { name: "tenant", hosts: ["*.test"], paths: [prefix("")], methods: [] },
  { name: "inner", hosts: ["*.inner.test"], paths: [prefix("/in")], methods: [] },
  { name: "health", hosts: ["*"], paths: [exact("/healthz"), exact("/")], methods: ["GET"] },
];

test("a request takes the route of its host, then of its path, then of its method", async () => {
  const table: readonly (readonly [Request, string])[] = [
    [["GET", "api.test", "/orders"], "orders"],
    [["GET", "api.test", "/orders/"], "orders"],
    [["POST", "api.test", "/orders/1/items"], "orders"],
    [["HEAD", "api.test", "/orders/1"], "orders"],
    [["DELETE", "api.test", "/orders/1"], "order-delete"],
    [["PATCH", "api.test", "/orders/1"], "405 DELETE, GET, HEAD, POST"],
    [["GET", "api.test", "/orders/search"], "order-search"],
    [["POST", "api.test", "/orders/search"], "405 GET, HEAD"],
    [["GET", "api.test", "/orders/search/"], "orders"],
    [["GET", "api.test", "/a"], "first"],
    [["GET", "api.test", "/a/b"], "first"],
    [["GET", "api.test", "/a/b/c"], "third"],
    [["GET", "api.test", "/a/b/c/d"], "third"],
    [["GET", "api.test", "/a/b/c/d/e"], "deep"],
    [["GET", "api.test", "/a/b/c/d/e/f/g/h"], "deep"],
    [["GET", "api.test", "/a/b/c/d/ef"], "third"],
    // what api.test has no path for, the wildcard or `*` may have
    [["GET", "api.test", "/ordersx"], "tenant"],
    [["GET", "one.test", "/healthz"], "tenant"],
    [["GET", "a.b.test", "/x"], "tenant"],
    [["GET", "a.inner.test", "/in/x"], "inner"],
    // the longest suffix has no such path, so `*` is asked, not a shorter suffix
    [["GET", "a.inner.test", "/x"], "404"],
    [["GET", "inner.test", "/in"], "tenant"],
    [["GET", "test", "/healthz"], "health"],
    [["GET", "other.example", "/healthz"], "health"],
    [["GET", "other.example", "/"], "health"],
    [["PUT", "other.example", "/"], "405 GET, HEAD"],
    [["GET", "other.example", "/healthz/x"], "404"],
    [["GET", "", "/x"], "404"],
  ];
  const answers = await routed(
    routes,
    table.map(([request]) => request),
  );
  assert.deepEqual(
    table.map(([request], index) => [request, answers[index]]),
    table,
  );
});

/** The same by trying everything. */
function byTrying(all: readonly Route[], [method, host, path]: Request): string {
  const suffixes = all
    .flatMap((route) => route.hosts)
    .filter((name) => name.startsWith("*.") && host.endsWith(name.slice(1)));
  const wildcard = suffixes.sort((a, b) => b.length - a.length)[0];
  for (const name of [host, wildcard, "*"]) {
    const places = all.flatMap((route) =>
      name !== undefined && route.hosts.includes(name) ? route.paths.map((place) => ({ route, ...place })) : [],
    );
    const exacts = places.filter((place) => place.kind === "exact" && place.path === path);
    const prefixes = places.filter((place) => place.kind === "prefix" && `${path}/`.startsWith(`${place.path}/`));
    const longest = Math.max(...prefixes.map((place) => place.path.length));
    const chosen = exacts.length > 0 ? exacts : prefixes.filter((place) => place.path.length === longest);
    if (chosen.length === 0) continue;
    const found =
      chosen.find(({ route }) => route.methods.includes(method)) ??
      chosen.find(({ route }) => method === "HEAD" && route.methods.includes("GET")) ??
      chosen.find(({ route }) => route.methods.length === 0);
    return found?.route.name ?? "405";
  }
  return "404";
}

test("any routes and requests: as found by trying every route", async () => {
  const segment = fc.constantFrom("a", "b", "c", "aa");
  const path = fc.array(segment, { maxLength: 6 }).map((parts) => parts.map((part) => `/${part}`).join(""));
  const host = fc.constantFrom("x.test", "y.x.test", "*.test", "*.x.test", "*");
  const method = fc.constantFrom("GET", "POST", "HEAD", "PUT");
  const place = fc.record({ kind: fc.constantFrom("exact" as const, "prefix" as const), path }).map((one) => ({
    ...one,
    path: one.kind === "exact" && one.path === "" ? "/" : one.path,
  }));
  const route = fc.record({
    hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 3 }),
    paths: fc.array(place, { minLength: 1, maxLength: 3 }),
    methods: fc.uniqueArray(method, { maxLength: 2 }),
  });
  const request = fc.tuple(
    method,
    fc.constantFrom("x.test", "y.x.test", "z.y.x.test", "other", "test"),
    fc.tuple(path, fc.constantFrom("", "/")).map(([start, end]) => `${start}${end}` || "/"),
  );
  for (const [some, requests] of fc.sample(
    fc.tuple(fc.array(route, { maxLength: 12 }), fc.array(request, { minLength: 40, maxLength: 60 })),
    30,
  )) {
    const named = some.map((one, index) => ({ ...one, name: `r${index}` }));
    const answers = await routed(named, requests);
    assert.deepEqual(
      answers.map((answer) => answer.replace(/^405.*/, "405")),
      requests.map((one) => byTrying(named, one)),
    );
  }
});

test("patterns stand for names and addresses alone, since some targets take what nginx lets through for another host", async () => {
  const patterns = [
    { name: "tenant", hosts: ["*.test"], paths: [prefix("")], methods: [] },
    { name: "any", hosts: ["*"], paths: [prefix("/any")], methods: [] },
  ];
  const names = ["a.test", "a_b.test", "xn--a.test", "10.0.0.1", "[::1]", "localhost"];
  const others = [
    "",
    "_",
    "user@a.test",
    "a#.test",
    "a?.test",
    "a\\.test",
    ".test",
    "a%00.test",
    "[::1",
    "::1",
    "a b.test",
  ];
  const asked = [...names, ...others].map((host): Request => ["GET", host, "/any"]);
  assert.deepEqual(await routed(patterns, asked), [
    ...["tenant", "tenant", "tenant", "any", "any", "any"],
    ...others.map(() => "404"),
  ]);
});
