// Requests that two programs could read in two ways, or that are beyond the limits: refused, each with the status for it.
//
//   client ──bytes──▶ nginx (1 worker) ──▶ origin that counts requests
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, statuses } from "./gateway-origins.ts";

const host = "Host: a.test\r\n";
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${host}\r\n`;
const post = (headers: string, body: string) => `POST / HTTP/1.1\r\n${host}${headers}\r\n\r\n${body}`;
const long = "x".repeat(20_000);

const refused: readonly (readonly [what: string, bytes: string, status: number])[] = [
  ["an encoded slash", get("/a%2Fb"), 400],
  ["an encoded backslash", get("/a%5cb"), 400],
  ["a backslash", get("/a\\b"), 400],
  ["an encoded NUL", get("/a%00b"), 400],
  ["a NUL", get("/a\0b"), 400],
  ["an encoded line end", get("/a%0d%0aX:%20y"), 400],
  ["an encoded percent sign", get("/a%252fb"), 400],
  ["an encoding cut short", get("/a%2"), 400],
  ["a dot segment", get("/a/../b"), 400],
  ["a dot segment above the root", get("/../etc/passwd"), 400],
  ["an encoded dot segment", get("/a/%2e%2e/b"), 400],
  ["a dot segment with a parameter", get("/a/..;/b"), 400],
  ["a path parameter", get("/a;b"), 400],
  ["an empty segment", get("/a//b"), 400],
  ["a fragment", get("/a#b"), 400],
  ["a target that is no path", get("*"), 400],
  ["a request line over the limit", get(`/${long}`), 414],
  ["a header over the limit", `GET / HTTP/1.1\r\n${host}A: ${long}\r\n\r\n`, 400],
  ["headers over the limit together", `GET / HTTP/1.1\r\n${host}${`A: ${"x".repeat(4000)}\r\n`.repeat(5)}\r\n`, 400],
  ["a body over the limit", post("Content-Length: 1048577", ""), 413],
  ["two Hosts", `GET / HTTP/1.1\r\n${host}Host: b.test\r\n\r\n`, 400],
  ["the same Host twice", `GET / HTTP/1.1\r\n${host}${host}\r\n`, 400],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["a Host with a slash", "GET / HTTP/1.1\r\nHost: a.test/b\r\n\r\n", 400],
  ["a Content-Length that is no number", post("Content-Length: 1x", "1"), 400],
  ["a negative Content-Length", post("Content-Length: -1", ""), 400],
  ["two Content-Lengths", post("Content-Length: 1\r\nContent-Length: 2", "1"), 400],
  ["Content-Length and Transfer-Encoding", post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400],
  ["an unknown Transfer-Encoding", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), 501],
  ["Transfer-Encodings in a row", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501],
  ["two Transfer-Encodings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), 400],
  ["a chunk without a size", post("Transfer-Encoding: chunked", "zz\r\n\r\n"), 400],
  ["a NUL in a header", `GET / HTTP/1.1\r\n${host}A: b\0c\r\n\r\n`, 400],
  ["a space before a header's colon", `GET / HTTP/1.1\r\n${host}A : b\r\n\r\n`, 400],
  ["a folded header", `GET / HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400],
  ["a method with a sign", `G@T / HTTP/1.1\r\n${host}\r\n`, 400],
  ["TRACE", `TRACE / HTTP/1.1\r\n${host}\r\n`, 405],
  ["CONNECT", `CONNECT a.test:80 HTTP/1.1\r\n${host}\r\n`, 400],
  ["HTTP/2.5", `GET / HTTP/2.5\r\n${host}\r\n`, 505],
  ["the gateway's own path for errors", get("/.portway/error"), 404],
];

describe("refused, and never seen by a target:", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    const objects = { ...service("app", targetsAt(origin.port)), ...route("a") };
    gateway = await startGateway({ workers: 1, objects });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  for (const [what, bytes, status] of refused) {
    test(what, async () => {
      const text = await exchange(gateway.httpPort, bytes, 150);
      assert.deepEqual(statuses(text), [status], text);
      assert.match(text, /\r\nContent-Type: application\/problem\+json\r\n/);
      assert.match(text, /\r\nX-Request-Id: [0-9a-f]{12}-\d+\r\n/);
      assert.equal(origin.count(), 0);
    });
  }
});
