import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { parseSpec } from "../../spec/parse.ts";
import { runCaptured } from "../harness.ts";
import { explainRoute } from "./explain.ts";
import { askedRequest } from "./request.ts";

const file = `version: 1
network: { name: acme }
hosts: { edge-1: { roles: [edge] } }
services: { app: { urls: ["http://192.0.2.1:80"] } }
tls: { selfSigned: true }
routes:
  - { name: all, hosts: ["*.example.com"], service: app }
  - { name: api, hosts: [api.example.com], service: app }
  - { name: orders, hosts: [api.example.com], paths: [/orders/], methods: [GET, POST], service: app }
  - { name: a-user, hosts: [api.example.com], paths: ["/orders/{id}/"], service: app }
  - { name: search, hosts: [api.example.com], paths: [/orders/search], methods: [GET], service: app }
  - name: search-two
    hosts: [api.example.com]
    paths: [/orders/search]
    methods: [GET]
    headers: { X-Version: { prefix: "2." } }
    query: { q: { present: true } }
    service: app
  - name: search-next
    hosts: [api.example.com]
    paths: [/orders/search]
    methods: [GET]
    headers: { X-Version: "2.1" }
    service: app
  - name: pages
    hosts: [www.example.com]
    methods: [GET]
    service: app
    use: { cors: { origins: ["*"] } }
  - { name: moved, hosts: [old.example.com], redirect: { host: www.example.com } }
`;
const { spec, issues } = parseSpec(file);
assert.deepEqual(issues, []);

const explain = (method: string, url: string, ...headers: string[]) =>
  explainRoute(spec!, askedRequest(method, url, headers));
const later = (method: string, url: string, ...headers: string[]) =>
  explain(method, url, ...headers).others.flatMap(({ route, matches, why }) => (matches ? [`${route}: ${why}`] : []));
const strangers = (method: string, url: string, ...headers: string[]) =>
  Object.fromEntries(
    explain(method, url, ...headers).others.flatMap(({ route, matches, why }) => (matches ? [] : [[route, why]])),
  );

const search = "https://api.example.com/orders/search";

test("the route is named with what of it the request matched", () => {
  assert.deepEqual(explain("GET", search, "x-version: 2.1").route, "search-next");
  const { route, matched, destination } = explain("PUT", "https://API.example.com:8443/orders/7/items?x=1");
  assert.deepEqual(
    [route, matched, destination],
    ["a-user", { method: "all", host: "api.example.com", path: "/orders/{id}/" }, "app"],
  );
  assert.equal(explain("GET", "https://old.example.com/").destination, "307 to same scheme://www.example.com");
});

test("those that would take the request follow in the router's order, each with what it is less in", () => {
  assert.deepEqual(later("GET", `${search}?q=1`, "X-Version: 2.1"), [
    "search-next: it asks for 0 parameters of the query, and search-two for 1",
    "search: it asks for 0 headers, and search-two for 1",
    "a-user: /orders/{id}/ is less specific than /orders/search",
    "orders: /orders/ is less specific than /orders/search",
    "api: / is less specific than /orders/search",
    "all: *.example.com is less specific than api.example.com",
  ]);
});

test("each that does not match says what the request lacks", () => {
  const lacks = strangers("DELETE", "https://api.example.com/orders", "X-Version: 1");
  assert.equal(lacks["orders"], "it takes GET, POST alone");
  assert.equal(lacks["search"], "its paths are /orders/search");
  assert.equal(lacks["pages"], "its hosts are www.example.com");
  const conditions = strangers("GET", search, "X-Version: 2.0");
  assert.equal(conditions["search-two"], "it asks for q in the query");
  assert.equal(conditions["search-next"], 'it asks for the header x-version with the value "2.1"');
  assert.equal(strangers("GET", search)["search-two"], 'it asks for the header x-version beginning with "2."');
});

test("a request that no route takes is told with the gateway's answer", () => {
  const method = explain("POST", search);
  assert.deepEqual([method.route, method.status, method.allow], [null, 405, "GET, HEAD"]);
  assert.equal(later("POST", search)[0], "a-user: its path is less specific than one that takes GET, HEAD alone");
  assert.equal(explain("GET", "https://other.test/").status, 404);
  for (const path of ["/a//b", "/a/../b", "/a%2Fb", "/a;b", "/a%", "/a%25"]) {
    const { status, note, others } = explain("GET", `https://api.example.com${path}`);
    assert.deepEqual([status, others], [400, []], path);
    assert.match(note, /^(the path has|a %)/);
  }
});

test("a CORS preflight is the route's whose request it announces", () => {
  assert.equal(explain("OPTIONS", "https://www.example.com/", "Access-Control-Request-Method: GET").route, "pages");
  assert.equal(explain("OPTIONS", "https://www.example.com/").status, 405);
});

test("plain HTTP is sent to HTTPS before, unless the file says otherwise", () => {
  assert.match(explain("GET", "http://www.example.com/").note, /edge\.http\.redirect/);
});

suite("portway route explain", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-route-"));
    writeFileSync(join(folder, "portway.yaml"), file);
  });
  after(() => rmSync(folder, { recursive: true }));
  const run = (...words: string[]) => runCaptured(["route", "explain", ...words]);

  test("prints the route, then the others", async () => {
    const { status, out } = await run("get", search, "-H", "X-Version: 2.1", join(folder, "portway.yaml"));
    assert.equal(status, 0);
    assert.match(
      out,
      /^search-next takes it: host api\.example\.com, path \/orders\/search, method GET; app\n\n {2}search /,
    );
    assert.match(out, /\n {2}pages +no match +its hosts are www\.example\.com\n/);
  });

  test("ends with 1 where no route takes the request, and its JSON is whole", async () => {
    const { status, out } = await run("POST", search, join(folder, "portway.yaml"), "--json");
    assert.equal(status, 1);
    const answer = JSON.parse(out);
    assert.deepEqual(Object.keys(answer).sort(), [
      "allow",
      "destination",
      "host",
      "matched",
      "method",
      "note",
      "others",
      "route",
      "status",
      "target",
    ]);
    assert.deepEqual([answer.route, answer.status], [null, 405]);
  });

  test("refuses what is no method, URL or header", async () => {
    for (const words of [
      ["GET", "api.example.com/x"],
      ["G T", search],
      ["GET", search, "-H", "X-Version"],
      ["GET", "https://u@a.example.com/"],
      ["GET", "https://u..example.com/"],
      ["GET"],
    ]) {
      const { status, err } = await run(...words, ...(words.length > 1 ? [join(folder, "portway.yaml")] : []));
      assert.equal(status, 2, words.join(" "));
      assert.match(err, /^(portway|error): /);
    }
  });
});
