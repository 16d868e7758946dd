// What a target sees of path and host where a route changes them.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { RewriteConfig, RouteObject } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, type Seen, statuses } from "./gateway-origins.ts";

const prefix = (path: string) => ({ kind: "prefix", path }) as const;
const exact = (path: string) => ({ kind: "exact", path }) as const;

describe("the gateway rewrites", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    const closed = await freePort();
    const named: PluginObject = {
      plugin: "requestHeaders",
      config: { set: [["X-User", [{ from: "path", name: "id" }]]], add: [], remove: [] },
    };
    const tagged: PluginObject = {
      plugin: "query",
      config: { rename: [], set: [["edge", "1"]], add: [], remove: [] },
    };
    const to = (
      name: string,
      rewrite: RewriteConfig,
      paths: RouteObject["paths"] = [prefix("")],
      plugins: readonly PluginObject[] = [],
    ) => route(name, { paths, rewrite }, plugins);
    gateway = await startGateway({
      nginx: { accessLog: true },
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...service("retried", targetsAt(closed, origin.port)),
        ...to("strip", { prefix: "" }, [prefix("/public")]),
        ...to("move", { prefix: "/v2/api" }, [prefix("/api"), prefix("/users/{id}")], [named, tagged]),
        ...to("whole", { path: "/index" }),
        ...to("page", { prefix: "/new" }, [exact("/old")]),
        ...to("host", { host: "inside.test:8080" }),
        ...route("streamed", { rewrite: { host: "inside.test" }, buffering: { request: false, response: false } }),
        ...route("squeezed", { rewrite: { host: "inside.test", prefix: "/x" } }, [
          { plugin: "compress", config: { encodings: ["gzip"], types: ["application/json"], minBytes: 1 } },
        ]),
        ...route("retried", { service: "retried", rewrite: { prefix: "/again" } }),
        ...route("plain"),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (name: string, path: string, headers: Record<string, string> = {}) =>
    request({ url: `http://127.0.0.1:${gateway.httpPort}`, path, headers: { host: `${name}.test`, ...headers } });
  const seen = async (name: string, path: string) => {
    const reply = await ask(name, path);
    assert.equal(reply.status, 200, `${path}: ${reply.body}`);
    return JSON.parse(reply.body) as Seen;
  };

  test("the part of the path that the route names, and leaves the rest and the query", async () => {
    assert.equal((await seen("strip", "/public/a/b?c=%2F&d")).url, "/a/b?c=%2F&d");
    assert.equal((await seen("strip", "/public")).url, "/");
    assert.equal((await seen("strip", "/public/")).url, "/");
    assert.equal((await seen("strip", "/public?x")).url, "/?x");
    assert.equal((await seen("whole", "/any/thing?q=1")).url, "/index?q=1");
    assert.equal((await seen("page", "/old?q")).url, "/new?q");
  });

  test("after the plugins, which go by the path of the client", async () => {
    const { url, headers } = await seen("move", "/users/7/orders?a=b");
    assert.deepEqual([url, headers["x-user"]], ["/v2/api/orders?a=b&edge=1", "7"]);
    assert.equal((await seen("move", "/api/x")).url, "/v2/api/x?edge=1");
  });

  test("into one spelling that reads as what was judged", async () => {
    for (const [sent, read] of [
      ["/public/a%20b", "/a b"],
      ["/public/%3Fx=1", "/?x=1"],
      ["/public/%23top", "/#top"],
      ["/public/%61dmin", "/admin"],
      ["/public/%C3%A9/%22%3C%3E", '/é/"<>'],
      ["/%70ublic/a+b&c=d:@!$'()*,~", "/a+b&c=d:@!$'()*,~"],
      ["/public/{a}|^`", "/{a}|^`"],
    ] as const) {
      const { url } = await seen("strip", sent);
      assert.equal(decodeURIComponent(url), read, sent);
      assert.doesNotMatch(url, /[?#\s"<>{}|\\^`\x7f-\uffff]/, sent);
    }
  });

  test("nothing that is unclear: it is refused before", async () => {
    const unclear = ["//x", "/../x", "/%2e%2e/x", "/%2Fx", "/a;b", "/%2525"];
    const lines = [...unclear.map((end) => `/public${end}`), "/publicly"].map(
      (path) => `GET ${path} HTTP/1.1\r\nHost: strip.test\r\n\r\n`,
    );
    assert.deepEqual(statuses(await exchange(gateway.httpPort, lines.join(""))), [...unclear.map(() => 400), 404]);
  });

  test("the host that the target sees, on every way", async () => {
    const { headers } = await seen("host", "/x");
    assert.deepEqual([headers.host, headers["x-forwarded-host"]], ["inside.test:8080", "host.test"]);
    const streamed = await seen("streamed", "/x");
    assert.deepEqual([streamed.headers.host, streamed.headers["x-forwarded-host"]], ["inside.test", "streamed.test"]);
    const plain = await seen("plain", "/x");
    assert.deepEqual([plain.headers.host, plain.headers["x-forwarded-host"]], ["plain.test", "plain.test"]);
    const squeezed = await seen("squeezed", "/y");
    assert.deepEqual([squeezed.headers.host, squeezed.url], ["inside.test", "/x/y"]);
  });

  test("every try, and each request of a connection for itself", async () => {
    for (let i = 0; i < 4; i++) assert.equal((await seen("retried", `/${i}`)).url, `/again/${i}`);
    const get = (path: string, host: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const text = await exchange(
      gateway.httpPort,
      get("/a", "host.test") + get("/public/b", "strip.test") + get("/public/c", "plain.test", "Connection: close\r\n"),
    );
    assert.deepEqual(
      [...text.matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url),
      ["/a", "/b", "/public/c"],
    );
    assert.deepEqual(
      [...text.matchAll(/"host":"([^"]+)"/g)].map(([, host]) => host),
      ["inside.test:8080", "strip.test", "plain.test"],
    );
  });

  test("and logs the path of the client", async () => {
    await seen("strip", "/public/logged%20here?secret");
    await waitFor(() => gateway.accessLog().includes('"url.path":"/public/logged%20here"'), {
      what: "the line of the access log",
    });
  });
});
