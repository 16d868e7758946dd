// The path that a target gets where a route makes it of the request's values.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { PluginObject, TemplateValue } from "../../src/wire/edge-plugins.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, type Seen, statuses } from "./gateway-origins.ts";

const template: TemplateValue = ["/t-", { from: "header", name: "x-tenant" }, "/of/", { from: "path", name: "id" }];
const path: PluginObject = { plugin: "path", config: { path: template } };
const compress: PluginObject = { plugin: "compress", config: { encodings: ["gzip"], types: ["text/x"], minBytes: 1 } };
const query: PluginObject = {
  plugin: "query",
  config: { rename: [], set: [["by", [{ from: "query", name: "q" }]]], add: [], remove: [] },
};

describe("a path by a template", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    const paths = [{ kind: "prefix", path: "/users/{id}" }] as const;
    const streaming = { request: false, response: false };
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("plain", { paths }, [path]),
        ...route("streamed", { paths, buffering: streaming }, [path]),
        ...route("squeezed", { paths }, [path, compress]),
        ...route("asking", { paths }, [path, query]),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (host: string, target: string, tenant: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: target,
      headers: { host: `${host}.test`, "x-tenant": tenant },
    });
  const sent = async (host: string, target: string, tenant: string) => {
    const reply = await ask(host, target, tenant);
    return reply.status === 200 ? (JSON.parse(reply.body) as Seen).url : reply.status;
  };

  test("is encoded by nginx whatever the values, however the client spelled its own, and by every way", async () => {
    for (const host of ["plain", "streamed", "squeezed"]) {
      assert.equal(await sent(host, "/users/7", "a"), "/t-a/of/7", host);
      assert.equal(await sent(host, "/users/7/more?x=%2F&y", "a b?#"), "/t-a%20b%3F%23/of/7?x=%2F&y", host);
      assert.equal(await sent(host, "/users/%37%20%C3%A9%3f", 'q"<>'), "/t-q%22%3C%3E/of/7%20%C3%A9%3F", host);
    }
  });

  test("goes with a changed query", async () => {
    assert.equal(await sent("asking", "/users/7?q=1%2F2", "a b"), "/t-a%20b/of/7?q=1%2F2&by=1%2F2");
  });

  test("is never more than its template: a value that would be refuses the request", async () => {
    const before = origin.count();
    for (const tenant of ["", "a/b", "..%2f", "a\\b", "a;b", "%2e%2e"])
      assert.equal(await sent("plain", "/users/7", tenant), 400, tenant);
    assert.equal(await sent("plain", "/users", "a"), 404);
    const raw = "GET /users/7 HTTP/1.1\r\nHost: plain.test\r\nX-Tenant: a\tHTTP/1.1\r\nConnection: close\r\n\r\n";
    assert.deepEqual(statuses(await exchange(gateway.httpPort, raw)), [400]);
    assert.equal(origin.count(), before);
  });
});
