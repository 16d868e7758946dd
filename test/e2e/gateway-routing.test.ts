// Which requests reach a target, and what it and the client get to see.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { headerEdits, route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, type Seen, statuses } from "./gateway-origins.ts";

describe("the gateway routes", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...service("empty", []),
        ...route("api", { paths: [{ kind: "prefix", path: "/orders" }], methods: ["GET", "POST"] }),
        ...route("any"),
        ...route("user", {
          hosts: ["any.test"],
          paths: [{ kind: "exact", path: "/users/{id}" }],
          headers: [{ name: "x-version", match: "prefix", value: "2." }],
          query: [{ name: "preview", match: "present", value: "" }],
          service: "empty",
        }),
        ...route("empty", { service: "empty" }),
        ...route("small", { maxBodyBytes: 100 }),
        ...route("edited", {}, [
          headerEdits("requestHeaders", {
            set: [["X-Set", "gateway"]],
            add: [
              ["X-Add", "one"],
              ["X-Add", "two"],
            ],
            remove: ["X-Remove"],
          }),
          headerEdits("responseHeaders", {
            set: [["Content-Type", "text/plain"]],
            add: [["Vary", "X-Add"]],
            remove: ["Date"],
          }),
        ]),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (path: string, headers: Record<string, string> = {}, method = "GET", body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      method,
      path,
      headers: { host: "api.test", ...headers },
      ...(body !== undefined && { body }),
    });
  const seenBy = (reply: { body: string }) => JSON.parse(reply.body) as Seen;

  test("a request to its target as it came, with who asked", async () => {
    const reply = await ask("/orders/1?b=2&a=%2F1#".slice(0, -1), { "x-own": "kept" });
    assert.equal(reply.status, 200);
    const { method, url, headers } = seenBy(reply);
    assert.deepEqual([method, url, headers["x-own"]], ["GET", "/orders/1?b=2&a=%2F1", "kept"]);
    assert.equal(headers.host, "api.test");
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], "api.test");
    assert.equal(headers["x-request-id"], reply.headers["x-request-id"]);
  });

  test("nothing that a client says about itself or another", async () => {
    const spellings = ["X-Forwarded-For", "X_Forwarded_For", "X.Forwarded.For", "x-forwarded-for"];
    const others = ["Forwarded", "X-Real-IP", "X_Real_IP", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id"];
    const lines = [...spellings, ...others].map((name) => `${name}: evil\r\n`).join("");
    const text = await exchange(
      gateway.httpPort,
      `GET /orders HTTP/1.1\r\nHost: api.test\r\n${lines}Connection: close, x-forwarded-for, x-request-id\r\n\r\n`,
    );
    assert.deepEqual(statuses(text), [200]);
    assert.doesNotMatch(text, /evil/);
    assert.match(text, /"x-forwarded-for":"127.0.0.1"/);
    assert.match(text, /"x-request-id":"[0-9a-f]{12}-\d+"/);
  });

  test("every request with an id of its own, also those that are refused", async () => {
    const paths = ["/orders", "/orders", "/none", "/orders;x", "/orders"];
    const ids = await Promise.all(paths.map(async (path) => (await ask(path)).headers["x-request-id"]));
    assert.equal(new Set(ids).size, paths.length);
    for (const id of ids) assert.match(String(id), /^[0-9a-f]{12}-\d+$/);
  });

  test("no path without a route, and no method that its routes do not name", async () => {
    const missing = await ask("/none");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers["content-type"], "application/problem+json");
    assert.deepEqual(JSON.parse(missing.body), {
      type: "about:blank",
      title: "Not Found",
      status: 404,
      requestId: missing.headers["x-request-id"],
    });
    assert.equal((await ask("/orders", { host: "other.test" })).status, 404);
    const wrong = await ask("/orders", {}, "DELETE");
    assert.deepEqual([wrong.status, wrong.headers["allow"]], [405, "GET, HEAD, POST"]);
    assert.equal((await ask("/orders", {}, "HEAD")).status, 200);
  });

  test("methods that nginx does not know, where a route takes all", async () => {
    const reply = await ask("/", { host: "any.test" }, "REPORT");
    assert.deepEqual([reply.status, seenBy(reply).method], [200, "REPORT"]);
  });

  test("by named segments, headers and the query, and as without that route where one is missing", async () => {
    const status = async (path: string, headers: Record<string, string>) =>
      (await ask(path, { host: "any.test", ...headers })).status;
    assert.equal(await status("/users/7?a=b&preview", { "X-Version": "2.1" }), 503);
    assert.equal(await status("/users/7?preview", { "X-Version": "1.2" }), 200);
    assert.equal(await status("/users/7?preview", {}), 200);
    assert.equal(await status("/users/7", { "X-Version": "2.1" }), 200);
    assert.equal(await status("/users/7/x?preview", { "X-Version": "2.1" }), 200);
  });

  test("nothing to a service without targets", async () => {
    assert.equal((await ask("/", { host: "empty.test" })).status, 503);
  });

  test("bodies up to the route's limit, whether their length is told or not", async () => {
    const send = (head: string, body: string) =>
      exchange(gateway.httpPort, `POST / HTTP/1.1\r\nHost: small.test\r\nConnection: close\r\n${head}\r\n\r\n${body}`);
    const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const [fits, beyond] = ["x".repeat(100), "x".repeat(101)];
    assert.match(await send("Content-Length: 100", fits), /"bodyBytes":100/);
    assert.match(await send("Transfer-Encoding: chunked", chunked(fits)), /"bodyBytes":100/);
    assert.deepEqual(statuses(await send("Content-Length: 101", beyond)), [413]);
    assert.deepEqual(statuses(await send("Transfer-Encoding: chunked", chunked(beyond))), [413]);
  });

  test("after edits of headers, removed first, then set, then added", async () => {
    const reply = await ask("/", { host: "edited.test", "x-set": "client", "x-add": "zero", "x-remove": "1" });
    const { headers } = seenBy(reply);
    assert.deepEqual(
      [headers["x-set"], headers["x-add"], headers["x-remove"]],
      ["gateway", "zero, one, two", undefined],
    );
    assert.equal(reply.headers["content-type"], "text/plain");
    assert.equal(reply.headers["vary"], "X-Add");
  });

  test("a refused request's body is not the next request", async () => {
    const hidden = "GET /hidden HTTP/1.1\r\nHost: any.test\r\n\r\n";
    const text = await exchange(
      gateway.httpPort,
      `POST /none HTTP/1.1\r\nHost: api.test\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}` +
        "GET /shown HTTP/1.1\r\nHost: any.test\r\nConnection: close\r\n\r\n",
    );
    assert.deepEqual(statuses(text), [404, 200]);
    assert.match(text, /"url":"\/shown"/);
  });

  test("requests of one connection to different routes, each by its own", async () => {
    const get = (path: string, host: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const text = await exchange(
      gateway.httpPort,
      get("/orders", "api.test") + get("/none", "api.test") + get("/x", "any.test", "Connection: close\r\n"),
    );
    assert.deepEqual(statuses(text), [200, 404, 200]);
  });
});
