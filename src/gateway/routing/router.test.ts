import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyRequest, anyRoute, type Request, routedCall } from "../../../test/gateway/any-routes.ts";
import { asLua, runBoth } from "../../../test/lua/both.ts";
import { routerWith } from "../../../test/lua/probe.ts";
import { type Condition, findPlace, type Routable, type Router } from "./router.ts";

/** The name of the route that takes each request, `405 ALLOW` or `404`. */
async function routed(routes: readonly Routable[], requests: readonly Request[]): Promise<string[]> {
  const results = await runBoth([
    { module: "probe", name: "routerWith", args: [routes], as: "router" },
    ...requests.map((request) => routedCall("router", request)),
  ]);
  return results.slice(1).map(String);
}

async function assertTable(routes: readonly Routable[], table: readonly (readonly [Request, string])[]) {
  const answers = await routed(
    routes,
    table.map(([request]) => request),
  );
  assert.deepEqual(
    table.map(([request], index) => [request, answers[index]]),
    table,
  );
}

const prefix = (path: string) => ({ kind: "prefix", path }) as const;
const exact = (path: string) => ({ kind: "exact", path }) as const;
const is = (name: string, value: string): Condition => ({ name, match: "exact", value });
const starts = (name: string, value: string): Condition => ({ name, match: "prefix", value });
const has = (name: string): Condition => ({ name, match: "present", value: "" });

const routes: readonly Routable[] = [
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
  await assertTable(routes, [
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
  ]);
});

test("of paths with {name} segments the exact one, then the one with more literal segments, then the longer", async () => {
  const at = (name: string, ...paths: Routable["paths"]) => ({ name, hosts: ["t"], paths, methods: [] });
  await assertTable(
    [
      at("user", exact("/users/{id}")),
      at("me", exact("/users/me")),
      at("user-all", prefix("/users/{id}")),
      at("orders", prefix("/users/{id}/orders")),
      at("of-me", prefix("/users/me")),
      at("any-orders", prefix("/{kind}/{id}/orders")),
      at("two", prefix("/{a}/{b}")),
      at("left", exact("/l/{a}")),
      at("right", exact("/{a}/r")),
      at("deep", prefix("/1/2/3/4/{n}")),
      at("all", prefix("")),
    ],
    [
      [["GET", "t", "/users/7"], "user"],
      [["GET", "t", "/users/me"], "me"],
      [["GET", "t", "/users/7/"], "user-all"],
      [["GET", "t", "/users/7/x"], "user-all"],
      [["GET", "t", "/users/me/x"], "of-me"],
      // /users/{id}/orders/ has as many literal segments as /users/me/, and is longer
      [["GET", "t", "/users/me/orders"], "orders"],
      [["GET", "t", "/users/7/orders/1"], "orders"],
      [["GET", "t", "/shops/7/orders"], "any-orders"],
      [["GET", "t", "/shops/7/ordersx"], "two"],
      // as many literal segments and as long: those further left first
      [["GET", "t", "/l/r"], "left"],
      [["GET", "t", "/k/r"], "right"],
      // a segment is never empty
      [["GET", "t", "/users/"], "all"],
      [["GET", "t", "/users"], "all"],
      [["GET", "t", "/"], "all"],
      [["GET", "t", "/1/2/3/4"], "two"],
      [["GET", "t", "/1/2/3/4/5/6"], "deep"],
      [["GET", "t", "/users/{id}"], "user"],
    ],
  );
});

test("then the method, then more headers, then more of the query, then the name", async () => {
  const at = (name: string, more: Partial<Routable>) => {
    return { name, hosts: ["t"], paths: [prefix("/a")], methods: [], ...more };
  };
  await assertTable(
    [
      at("plain", {}),
      at("z-one", { headers: [is("x-v", "1")] }),
      at("a-one", { headers: [starts("x-v", "1")] }),
      at("two", { headers: [is("x-v", "1"), has("x-w")] }),
      at("query", { query: [is("q", "1"), has("r")] }),
      at("both", { headers: [is("x-v", "1")], query: [is("q", "1")] }),
      at("put", { methods: ["PUT"] }),
      at("put-four", { methods: ["PUT"], headers: [is("x-v", "4")] }),
      at("get-five", { methods: ["GET"], headers: [is("x-v", "5")] }),
    ],
    [
      [["GET", "t", "/a"], "plain"],
      [["GET", "t", "/a", { "x-v": "2" }], "plain"],
      [["GET", "t", "/a", { "x-v": "1" }], "a-one"],
      [["GET", "t", "/a", { "x-v": "12" }], "a-one"],
      [["GET", "t", "/a", { "x-v": "1", "x-w": "" }], "two"],
      [["GET", "t", "/a?q=1&r", { "x-v": "3" }], "query"],
      [["GET", "t", "/a?q=1&r", { "x-v": "1" }], "both"],
      [["GET", "t", "/a?q=1&r", { "x-v": "1", "x-w": "y" }], "two"],
      [["GET", "t", "/a?q=2&q=1&r"], "plain"],
      [["GET", "t", "/a?%71=%31&r="], "query"],
      // the method comes before conditions
      [["PUT", "t", "/a", { "x-v": "1", "x-w": "y" }], "put"],
      [["PUT", "t", "/a", { "x-v": "4" }], "put-four"],
      [["HEAD", "t", "/a", { "x-v": "5" }], "get-five"],
    ],
  );
});

test("a route whose conditions do not hold is as if it were not there", async () => {
  const beta = { methods: ["GET"], headers: [is("x-beta", "1")] };
  await assertTable(
    [
      { name: "beta", hosts: ["t"], paths: [exact("/a/b")], ...beta },
      { name: "named", hosts: ["t"], paths: [prefix("/a/{x}")], ...beta },
      { name: "a", hosts: ["t"], paths: [prefix("/a")], methods: ["GET"] },
      { name: "only", hosts: ["u"], paths: [prefix("")], ...beta },
      { name: "fallback", hosts: ["*"], paths: [exact("/f")], methods: [] },
    ],
    [
      [["GET", "t", "/a/b", { "x-beta": "1" }], "beta"],
      [["GET", "t", "/a/c", { "x-beta": "1" }], "named"],
      [["GET", "t", "/a/b"], "a"],
      [["GET", "t", "/a/c"], "a"],
      // its conditions hold, so its path decides, and it does not take the method
      [["PUT", "t", "/a/b", { "x-beta": "1" }], "405 GET, HEAD"],
      [["PUT", "t", "/a/b"], "405 GET, HEAD"],
      [["GET", "u", "/f", { "x-beta": "1" }], "only"],
      [["GET", "u", "/f"], "fallback"],
      [["GET", "u", "/g"], "404"],
    ],
  );
});

/** The same by trying everything. */
function byTrying(all: readonly Routable[], [method, host, target, headers = {}]: Request): string {
  const [path = "", query = ""] = target.split("?");
  const suffixes = all
    .flatMap((route) => route.hosts)
    .filter((name) => name.startsWith("*.") && host.endsWith(name.slice(1)));
  const wildcard = suffixes.sort((a, b) => b.length - a.length)[0];
  const asks = (condition: Condition, value: string | null | undefined) =>
    value != null && (condition.match === "present" || value === condition.value);
  const present = all.filter(
    (route) =>
      (route.headers ?? []).every((one) => asks(one, headers[one.name])) &&
      (route.query ?? []).every((one) => asks(one, new URLSearchParams(query).get(one.name))),
  );
  const places = [host, wildcard, "*"].flatMap((name, rank) =>
    present
      .filter((route) => name !== undefined && route.hosts.includes(name))
      .flatMap((route) => route.paths.filter((one) => matches(one, path)).map((one) => ({ route, rank, one }))),
  );
  const specific = places.map(({ route, rank, one }) => ({ route, key: `${rank} ${rankOf(one)}` }));
  const first = specific.map(({ key }) => key).sort()[0];
  const chosen = specific.filter(({ key }) => key === first).map(({ route }) => route);
  if (chosen.length === 0) return "404";
  const size = (route: Routable) => (route.headers?.length ?? 0) * 100 + (route.query?.length ?? 0);
  chosen.sort((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
  const found =
    chosen.find((route) => route.methods.includes(method)) ??
    chosen.find((route) => method === "HEAD" && route.methods.includes("GET")) ??
    chosen.find((route) => route.methods.length === 0);
  return found?.name ?? "405";
}

function matches({ kind, path }: Routable["paths"][number], asked: string): boolean {
  const pattern = path.replace(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}${kind === "exact" ? "$" : "(?:/|$)"}`).test(asked);
}

/** Sorts before what is less specific. */
function rankOf({ kind, path }: Routable["paths"][number]): string {
  const segments = path.split("/").slice(1);
  const literal = segments.map((segment) => (segment.startsWith("{") ? "1" : "0")).join("");
  const literals = segments.filter((segment) => !segment.startsWith("{")).length;
  return `${kind} ${9 - literals} ${9 - segments.length} ${literal}`;
}

test("any routes and requests: as found by trying every route", async () => {
  for (const [some, requests] of fc.sample(
    fc.tuple(fc.array(anyRoute, { maxLength: 16 }), fc.array(anyRequest, { minLength: 40, maxLength: 60 })),
    40,
  )) {
    const named = some.map((one, index) => ({ ...one, name: `r${10 + index}` }));
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

/** How many properties are read of the router's tables to find the route of a request. */
function readsOf(router: Router<Routable>, host: string, path: string): number {
  let reads = 0;
  const counted = <T extends object>(value: T): T =>
    new Proxy(value, {
      get(target, key) {
        reads++;
        const found = Reflect.get(target, key) as unknown;
        return typeof found === "object" && found !== null ? counted(found) : found;
      },
    });
  assert.equal(findPlace(counted(router), host, path)?.any?.name, "wanted");
  return reads;
}

test("a route among 5,000 is found by as many look-ups as one among 5", () => {
  const readsAmong = (count: number) => {
    const routeAt = (name: string, path: string) => ({ name, hosts: ["api.test"], paths: [prefix(path)], methods: [] });
    const others = Array.from({ length: count - 1 }, (_, i) => routeAt(`other-${i}`, `/other/${i}`));
    return readsOf(routerWith([...others, routeAt("wanted", "/wanted/one")]), "api.test", "/wanted/one/1");
  };
  assert.equal(
    asLua(() => readsAmong(5000)),
    asLua(() => readsAmong(5)),
  );
});
