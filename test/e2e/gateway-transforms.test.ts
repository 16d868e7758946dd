// What plugins make of requests and answers on their way.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { TemplateField } from "../../src/wire/edge-plugins.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { headerEdits, route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, rawOrigin, type Seen, statuses } from "./gateway-origins.ts";

const field = (from: TemplateField["from"], name: string): TemplateField => ({ from, name });

/** One request, and the next in an hour. */
const rateLimitOnce = { per: "route", intervalMicros: 3_600_000_000, burst: 1, tokens: 1, perMs: 3_600_000 } as const;

describe("the gateway changes", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("pages", { methods: ["GET", "PUT"] }, [
          {
            plugin: "cors",
            config: {
              isOpen: false,
              origins: ["https://app.test"],
              patterns: [],
              credentials: true,
              methods: "GET, PUT",
              headers: "Authorization",
              expose: "",
              maxAge: "600",
            },
          },
          { plugin: "rateLimit", config: { ...rateLimitOnce, id: "pages" } },
        ]),
        ...route("typed", {}, [
          { plugin: "contentTypes", config: { types: ["application/json"] } },
          { plugin: "securityHeaders", config: { set: [["X-Frame-Options", "DENY"]], remove: ["Server"] } },
        ]),
        ...route("query", {}, [
          {
            plugin: "query",
            config: {
              rename: [["q", "search"]],
              set: [["client", [field("client", "ip")]]],
              add: [["via", [field("header", "x-via")]]],
              remove: ["debug"],
            },
          },
        ]),
        ...route("segments", { paths: [{ kind: "prefix", path: "/users/{id}" }] }, [
          headerEdits("requestHeaders", { set: [["X-User", [field("path", "id")]]] }),
        ]),
        ...route("headers", {}, [
          headerEdits("requestHeaders", {
            rename: [["X-Old", "X-New"]],
            set: [
              ["X-Ip", [field("client", "ip")]],
              ["X-Query", ["page ", field("query", "page")]],
              ["X-Evil", [field("header", "x-in")]],
            ],
            add: [["X-Id", ["id ", field("request", "id")]]],
            remove: ["X-In"],
          }),
          headerEdits("responseHeaders", {
            rename: [["Content-Type", "X-Type"]],
            set: [["X-Answer", [field("request", "id"), "/", field("header", "x-id")]]],
          }),
        ]),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (host: string, path: string, headers: Record<string, string> = {}, method = "GET", body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      method,
      path,
      headers: { host: `${host}.test`, ...headers },
      ...(body !== undefined && { body }),
    });
  const seenBy = (reply: { body: string }) => JSON.parse(reply.body) as Seen;

  test("headers by templates, in both directions", async () => {
    const reply = await ask("headers", "/?page=a%20b", { "x-old": "1", "x-ip": "forged", "x-in": "fine" });
    const { headers } = seenBy(reply);
    const id = reply.headers["x-request-id"];
    assert.deepEqual(
      [headers["x-new"], headers["x-old"], headers["x-ip"], headers["x-query"], headers["x-id"], headers["x-evil"]],
      ["1", undefined, "127.0.0.1", "page a b", `id ${id}`, "fine"],
    );
    assert.equal(headers["x-in"], undefined);
    assert.deepEqual([reply.headers["x-type"], reply.headers["content-type"]], ["application/json", undefined]);
    assert.equal(reply.headers["x-answer"], `${id}/id ${id}`);
  });

  test("headers by named segments of the path", async () => {
    const user = async (path: string) => seenBy(await ask("segments", path, { "x-user": "forged" })).headers["x-user"];
    assert.deepEqual([await user("/users/7/orders"), await user("/users/%C3%A9")], ["7", undefined]);
  });

  test("no header into another: what is not plain text is left out", async () => {
    const text = await exchange(
      gateway.httpPort,
      "GET /?page=1%0d%0aX-Smuggled:%20yes HTTP/1.1\r\nHost: headers.test\r\nX-Evil: client\r\nX-In: a\x01b\r\nConnection: close\r\n\r\n",
    );
    assert.deepEqual(statuses(text), [200]);
    assert.doesNotMatch(text, /"x-(query|smuggled|evil)"/i);
  });

  test("nothing of a preflight: it is answered before all that would ask for more", async () => {
    const before = origin.count();
    const asking = (origin: string) => ({ origin, "access-control-request-method": "PUT" });
    for (let i = 0; i < 3; i++) {
      const { status, headers, body } = await ask("pages", "/", asking("https://app.test"), "OPTIONS");
      assert.deepEqual([status, body], [204, ""]);
      assert.equal(headers["access-control-allow-origin"], "https://app.test");
      assert.equal(headers["access-control-allow-credentials"], "true");
      assert.equal(headers["access-control-allow-methods"], "GET, PUT");
      assert.equal(headers["vary"], "Access-Control-Request-Method, Access-Control-Request-Headers, Origin");
    }
    assert.equal((await ask("pages", "/", asking("https://evil.test"), "OPTIONS")).status, 403);
    // for a method that no route takes, and without its header: no preflight of this route
    const unknown = { origin: "https://app.test", "access-control-request-method": "DELETE" };
    assert.equal((await ask("pages", "/", unknown, "OPTIONS")).status, 405);
    assert.equal((await ask("pages", "/", {}, "OPTIONS")).status, 405);
    assert.equal(origin.count(), before);
  });

  test("answers and refusals for pages that may read them", async () => {
    const page = { origin: "https://app.test" };
    const [first, second] = [await ask("pages", "/", page), await ask("pages", "/", page)];
    assert.deepEqual([first.status, second.status], [200, 429]);
    for (const { headers } of [first, second]) {
      assert.equal(headers["access-control-allow-origin"], "https://app.test");
      assert.equal(headers["vary"], "Origin");
    }
    const stranger = await ask("pages", "/", { origin: "https://evil.test" });
    assert.equal(stranger.headers["access-control-allow-origin"], undefined);
    assert.equal(stranger.headers["vary"], "Origin");
  });

  test("nothing of bodies of the route's types; others do not get through", async () => {
    const post = async (type: string, body: string) =>
      (await ask("typed", "/", type === "" ? {} : { "content-type": type }, "POST", body)).status;
    assert.deepEqual(
      [
        await post("application/json; charset=utf-8", "{}"),
        await post("text/plain", "{}"),
        await post("", "{}"),
        await post("", ""),
        (await ask("typed", "/")).status,
      ],
      [200, 415, 415, 200, 200],
    );
    const chunked = "POST / HTTP/1.1\r\nHost: typed.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked)), [415]);
  });

  test("what browsers are told, on answers and refusals", async () => {
    const replies = [await ask("typed", "/"), await ask("typed", "/", { "content-type": "text/plain" }, "POST", "x")];
    assert.deepEqual(
      replies.map(({ status, headers }) => [status, headers["x-frame-options"], headers["server"]]),
      [
        [200, "DENY", undefined],
        [415, "DENY", undefined],
      ],
    );
  });

  test("queries, and leaves the path's meaning alone", async () => {
    const url = async (path: string, headers: Record<string, string> = {}) =>
      seenBy(await ask("query", path, headers)).url;
    assert.equal(
      await url("/a%20b/%C3%A9%3F?x=%2F&q=1+2&%64ebug=1&client=forged", { "x-via": "a&b" }),
      "/a%20b/%C3%A9%3F?x=%2F&search=1+2&client=127.0.0.1&via=a%26b",
    );
    assert.equal(await url("/"), "/?client=127.0.0.1");
  });
});

/** nginx keeps a place for the first nine: its Lua module changes the last of several lines alone. */
const lists = ["WWW-Authenticate", "Accept-Ranges", "Content-Encoding"];
const names = [
  ...lists,
  ...["ETag", "Last-Modified", "Location", "Refresh", "Expires", "Content-Range"],
  ...["Cache-Control", "Link", "Vary", "Set-Cookie", "X-Other"],
];

const times = [1, 2, 3].map((second) => `Mon, 01 Jan 2024 00:00:0${second} GMT`);
const valuesOf = (name: string) => (name === "Last-Modified" ? times : ["one", "two", "three"]);

describe("headers that a target sends on three lines", () => {
  let origin: Origin;
  let gateway: Gateway;
  let sent = "";

  before(async () => {
    origin = await rawOrigin((socket) => {
      const lines = valuesOf(sent)
        .map((value) => `${sent}: ${value}\r\n`)
        .join("");
      socket.end(`HTTP/1.1 200 OK\r\n${lines}X-Kept: yes\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
    const routes = names.map((name) => ({
      ...route(`remove-${name.toLowerCase()}`, {}, [headerEdits("responseHeaders", { remove: [name.toUpperCase()] })]),
      ...route(`set-${name.toLowerCase()}`, {}, [headerEdits("responseHeaders", { set: [[name, "mine"]] })]),
      ...route(`add-${name.toLowerCase()}`, {}, [headerEdits("responseHeaders", { add: [[name, "mine"]] })]),
      ...route(`rename-${name.toLowerCase()}`, {}, [headerEdits("responseHeaders", { rename: [[name, "X-Was"]] })]),
    }));
    gateway = await startGateway({ objects: Object.assign({ ...service("app", targetsAt(origin.port)) }, ...routes) });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  /** Values of the header, and of the name that it may have been given. */
  const valuesAfter = async (edit: string, name: string) => {
    sent = name;
    const request = `GET / HTTP/1.1\r\nHost: ${edit}-${name.toLowerCase()}.test\r\nConnection: close\r\n\r\n`;
    const lines = (await exchange(gateway.httpPort, request, 5000)).split("\r\n");
    assert.deepEqual([lines[0], lines.includes("X-Kept: yes")], ["HTTP/1.1 200 OK", true]);
    const found = (name: string) =>
      lines.flatMap((line) => (line.toLowerCase().startsWith(`${name.toLowerCase()}: `) ? [line.split(": ")[1]] : []));
    return [found(name), found("X-Was")];
  };

  for (const name of names)
    test(`${name}: all are removed, replaced, renamed`, async () => {
      assert.deepEqual(await valuesAfter("remove", name), [[], []]);
      assert.deepEqual(await valuesAfter("set", name), [["mine"], []]);
      assert.deepEqual(await valuesAfter("rename", name), [
        [],
        valuesOf(name).slice(name === "Last-Modified" ? -1 : 0),
      ]);
    });

  test("what is added to a list that nginx keeps a place for stands on one line with the others", async () => {
    for (const name of lists) assert.deepEqual(await valuesAfter("add", name), [["one, two, three, mine"], []]);
    assert.deepEqual(await valuesAfter("add", "Cache-Control"), [["one", "two", "three", "mine"], []]);
  });
});
