// What a route answers itself: redirects, fixed responses, maintenance.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { RedirectConfig, RouteObject } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, statuses } from "./gateway-origins.ts";

const prefix = (path: string) => ({ kind: "prefix", path }) as const;
const onlyFrom = (address: string): PluginObject => ({ plugin: "ipAllow", config: { prefixes: [address] } });
const big = "x".repeat(64 * 1024);

const own = (name: string, changes: Partial<Omit<RouteObject, "plugins">>, plugins: readonly PluginObject[] = []) => {
  const objects = route(name, changes, plugins);
  const { service: _, ...withoutService } = JSON.parse(objects[`route/${name}`]!) as RouteObject;
  return { ...objects, [`route/${name}`]: JSON.stringify(withoutService) };
};
const redirect = (name: string, config: Partial<RedirectConfig>, paths = [prefix("")]) =>
  own(name, { paths, redirect: { status: 307, ...config } });

describe("a route answers itself", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...redirect("moved", { status: 308, host: "new.test:8443" }),
        ...redirect("secure", { scheme: "https", port: 8443 }),
        ...redirect("whole", { status: 301, path: "/home" }),
        ...redirect("below", { status: 302, prefix: "/new" }, [prefix("/old"), prefix("/users/{id}")]),
        ...redirect("stripped", { prefix: "" }, [prefix("/old")]),
        ...own("fixed", {
          respond: {
            status: 418,
            headers: [
              ["Content-Type", "application/json"],
              ["X-Fixed", "yes"],
            ],
            body: '{"a":1}',
          },
        }),
        ...own("empty", { respond: { status: 204, headers: [], body: "" } }),
        ...own("big", { respond: { status: 200, headers: [], body: big } }),
        ...own("inside", { respond: { status: 200, headers: [], body: "inside" } }, [onlyFrom("192.0.2.0/24")]),
        ...own("limited", { respond: { status: 200, headers: [], body: "once" } }, [
          {
            plugin: "rateLimit",
            config: {
              per: "route",
              intervalMicros: 3_600_000_000,
              burst: 1,
              tokens: 1,
              perMs: 3_600_000,
              id: "limited",
            },
          },
          { plugin: "responseHeaders", config: { set: [["X-Set", "edge"]], add: [], remove: [] } },
        ]),
        ...route("closed", { maintenance: { retryAfterSeconds: 120 } }),
        ...route("open"),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (name: string, path = "/", method = "GET", body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      method,
      path,
      headers: { host: `${name}.test` },
      ...(body !== undefined && { body }),
    });
  const location = async (name: string, path: string) => {
    const { status, headers, body } = await ask(name, path);
    assert.equal(body, "");
    return [status, headers["location"]];
  };

  test("with a redirect that keeps what it does not name, and the query", async () => {
    assert.deepEqual(await location("moved", "/a%20b/c?d=e&f=%2F"), [308, "http://new.test:8443/a%20b/c?d=e&f=%2F"]);
    assert.deepEqual(await location("secure", "/a"), [307, "https://secure.test:8443/a"]);
    assert.deepEqual(await location("whole", "/a/b?c"), [301, "/home?c"]);
  });

  test("with a redirect that puts another prefix in the place of the route's path", async () => {
    assert.deepEqual(await location("below", "/old/a%20b?c=d"), [302, "/new/a%20b?c=d"]);
    assert.deepEqual(await location("below", "/old"), [302, "/new"]);
    assert.deepEqual(await location("below", "/old/"), [302, "/new/"]);
    assert.deepEqual(await location("below", "/users/7/orders"), [302, "/new/orders"]);
    assert.deepEqual(await location("stripped", "/old"), [307, "/"]);
    assert.deepEqual(await location("stripped", "/old/x"), [307, "/x"]);
  });

  test("and never sends a client to a host that a path spells", async () => {
    for (const path of [
      "/old//evil.test",
      "/old/%2Fevil.test",
      "/old/%5Cevil.test",
      "/old/\\evil.test",
      "/old/%0d%0aX:1",
    ])
      assert.equal((await ask("stripped", path)).status, 400, path);
    const text = await exchange(
      gateway.httpPort,
      "GET http://stripped.test/old/x HTTP/1.1\r\nHost: stripped.test\r\nConnection: close\r\n\r\n",
    );
    assert.match(text, /\r\nLocation: \/x\r\n/);
  });

  test("with a fixed response", async () => {
    const { status, headers, body } = await ask("fixed");
    assert.deepEqual(
      [status, headers["content-type"], headers["x-fixed"], headers["content-length"], body],
      [418, "application/json", "yes", "7", '{"a":1}'],
    );
    const head = await ask("fixed", "/", "HEAD");
    assert.deepEqual([head.status, head.headers["content-length"], head.body], [418, "7", ""]);
    const empty = await ask("empty");
    assert.deepEqual([empty.status, empty.headers["content-length"], empty.body], [204, undefined, ""]);
    assert.equal((await ask("big")).body, big);
  });

  test("with 503 and when to come back, while it is closed for maintenance", async () => {
    const { status, headers, body } = await ask("closed");
    assert.deepEqual([status, headers["retry-after"]], [503, "120"]);
    assert.equal(JSON.parse(body).status, 503);
    assert.equal((await ask("open")).status, 200);
  });

  test("after address lists and limits, and with the headers of its plugins", async () => {
    assert.equal((await ask("inside")).status, 403);
    const first = await ask("limited");
    assert.deepEqual([first.status, first.body, first.headers["x-set"]], [200, "once", "edge"]);
    assert.equal((await ask("limited")).status, 429);
  });

  test("a request's body is not the next request", async () => {
    const hidden = "GET /hidden HTTP/1.1\r\nHost: open.test\r\n\r\n";
    const post = (host: string) =>
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`;
    const text = await exchange(
      gateway.httpPort,
      `${post("fixed.test")}${post("moved.test")}${post("closed.test")}GET /shown HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n`,
    );
    assert.deepEqual(statuses(text), [418, 308, 503, 200]);
    assert.match(text, /"url":"\/shown"/);
  });

  test("and is counted with its status, as its route's", async () => {
    const expected = ["route=moved,status_class=3xx", "route=fixed,status_class=4xx", "route=closed,status_class=5xx"];
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        const rejected = counters["portway_rejections_total|plugin=maintenance,reason=maintenance"] ?? 0;
        return rejected > 0 && expected.every((labels) => (counters[`portway_requests_total|${labels}`] ?? 0) > 0);
      },
      { what: "the counters of the routes" },
    );
  });
});
