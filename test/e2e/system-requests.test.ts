// Requests that no client should send, byte by byte, to a running installation: each gets one refusal or nothing, and
// no second request that hides in it reaches the API.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { needsRoot } from "../lab/needs-root.ts";
import { openSystem, publicName, type System, withRoute } from "./system.ts";

interface Answer {
  readonly statuses: readonly number[];
  readonly text: string;
}

/** A request with these lines between its first line and `Connection: close`. */
const get = (target: string, ...headers: string[]) => request(`GET ${target} HTTP/1.1`, ...headers);
const request = (firstLine: string, ...headers: string[]) =>
  [firstLine, `Host: ${publicName}`, ...headers, "Connection: close", "", ""].join("\r\n");
const hidden = `GET /hidden HTTP/1.1\r\nHost: ${publicName}\r\nConnection: close\r\n\r\n`;

suite("a request from the internet", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
    await system.apply(withRoute("orders"));
    await system.answers("/orders/", "200");
  });
  after(() => system?.close());

  const send = async (requests: readonly string[]): Promise<readonly Answer[]> => {
    const input = JSON.stringify(requests.map((one) => Buffer.from(one, "latin1").toString("base64")));
    const words = [process.execPath, join(import.meta.dirname, "system-raw.ts"), publicName];
    const { stdout } = await system.client.run(words, { input, timeoutMs: 30_000 });
    return (JSON.parse(stdout) as string[]).map((one) => {
      const text = Buffer.from(one, "base64").toString("latin1");
      return { text, statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((found) => Number(found[1])) };
    });
  };
  /** Sends them all and compares status by status; the API must not have seen what hid behind one. */
  const expect = async (cases: readonly (readonly [name: string, bytes: string, ...statuses: number[]])[]) => {
    const answers = await send(cases.map(([, bytes]) => bytes));
    const got = cases.map(([name], i) => [name, ...answers[i]!.statuses]);
    assert.deepEqual(
      got,
      cases.map(([name, , ...statuses]) => [name, ...statuses]),
    );
    for (const { text } of answers) assert.doesNotMatch(text, /"path":"\/hidden"|"host":"other/);
    assert.equal(await system.ask("/"), "200");
  };

  test("that is plain is answered by the API", async () => {
    const [answer] = await send([get("/orders/1?a=%2Fb")]);
    assert.deepEqual(answer!.statuses, [200]);
    assert.match(answer!.text, /"path":"\/orders\/1\?a=%2Fb"/);
  });

  test("over the limits of line, headers and body is refused with the status for it", async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: ${"x".repeat(1000)}`);
    const body = "x".repeat(65_537);
    await expect([
      ["line", get(`/${"a".repeat(20_000)}`), 414],
      ["one header", get("/", `X-Long: ${"x".repeat(20_000)}`), 400],
      ["all headers", get("/", ...lines(40)), 400],
      ["announced body", request("POST / HTTP/1.1", "Content-Length: 65537") + body, 413],
      ["announced body beyond any number", request("POST / HTTP/1.1", `Content-Length: ${"9".repeat(30)}`), 400],
      ["chunked body", chunked([body]), 413],
      ["body at the limit", request("POST / HTTP/1.1", "Content-Length: 65536") + body.slice(1), 200],
    ]);
  });

  test("with a path that two programs could read in two ways is refused", async () => {
    const targets = [
      ...["/orders%2F1", "/orders%2f..%2f", "/orders%5C1", "/orders\\1", "/orders//1", "//orders/1"],
      ...["/orders/../hidden", "/orders/./1", "/orders/%2e%2e/hidden", "/orders/.%2E/hidden", "/.."],
      ...["/orders/%00", "/orders/%0d%0aX:1", "/orders/%7f", "/orders/%", "/orders/%zz", "/orders/%252e%252e/hidden"],
      ...["/orders/..;/hidden", "/orders/1#x", "/orders/\0"],
    ];
    await expect(targets.map((target) => [JSON.stringify(target), get(target), 400]));
  });

  test("with a Host that is doubled, missing, damaged or another's is refused", async () => {
    const inTarget = `GET https://${publicName}/ HTTP/1.1\r\nHost: other.example.com\r\nConnection: close\r\n\r\n`;
    const withHost = (...lines: string[]) => ["GET / HTTP/1.1", ...lines, "Connection: close", "", ""].join("\r\n");
    await expect([
      ["two", get("/", `Host: ${publicName}`), 400],
      ["two that differ", get("/", "Host: other.example.com"), 400],
      ["none", withHost(), 400],
      ["a path in it", withHost(`Host: ${publicName}/x`), 400],
      ["NUL in it", withHost(`Host: ${publicName}\0.example.com`), 400],
      ["another's", withHost("Host: other.example.com"), 421],
      ["another's in the target", get("https://other.example.com/"), 421],
      ["its own in the target, which counts (RFC 9112 section 3.2.2)", inTarget, 200],
    ]);
  });

  test("with a length that two programs could read in two ways is refused, and nothing hides behind it", async () => {
    const post = (body: string, ...headers: string[]) => request("POST / HTTP/1.1", ...headers) + body;
    const zero = `0\r\n\r\n${hidden}`;
    await expect([
      ["two lengths", post(hidden, "Content-Length: 5", "Content-Length: 6"), 400],
      ["two equal lengths", post(hidden, "Content-Length: 5", "Content-Length: 5"), 400],
      ["a list", post(hidden, "Content-Length: 5, 5"), 400],
      ["negative", post(hidden, "Content-Length: -1"), 400],
      ["signed", post(hidden, "Content-Length: +5"), 400],
      ["hex", post(hidden, "Content-Length: 0x5"), 400],
      ["empty", post(hidden, "Content-Length:"), 400],
      ["both", post(zero, "Content-Length: 4", "Transfer-Encoding: chunked"), 400],
      ["both, the other way", post(zero, "Transfer-Encoding: chunked", "Content-Length: 4"), 400],
      ["two encodings", post(zero, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"), 400],
      ["unknown encoding", post(zero, "Transfer-Encoding: xchunked"), 501],
      ["encoding in a list", post(zero, "Transfer-Encoding: gzip, chunked"), 501],
      ["space before the colon", post(zero, "Transfer-Encoding : chunked"), 400],
      ["vertical tab", post(zero, "Transfer-Encoding: \x0bchunked"), 501],
      ["old version", request("POST / HTTP/1.0", "Transfer-Encoding: chunked") + zero, 400],
      ["chunk size with a sign", post(`+5\r\nhello\r\n${zero}`, "Transfer-Encoding: chunked"), 400],
      ["chunk size too large", post(`${"f".repeat(17)}\r\n${hidden}`, "Transfer-Encoding: chunked"), 400],
      ["chunk longer than its size", post(`1\r\nhello\r\n${zero}`, "Transfer-Encoding: chunked"), 400],
    ]);
  });

  test("that is not HTTP, or only half of it, is refused or cut off", async () => {
    await expect([
      ["garbage", "\x16\x03\x01\x02\r\n\r\n", 400],
      ["method in lower case", request("get / HTTP/1.1"), 400],
      ["NUL in a header", get("/", "X-A: a\0b"), 400],
      ["bare carriage return", get("/", "X-A: a\rX-B: b"), 400],
      ["folded header", get("/", "X-A: a", " b"), 400],
      ["version 3", request("GET / HTTP/3.0"), 505],
      ["CONNECT", request("CONNECT other.example.com:443 HTTP/1.1"), 400],
      ["TRACE", request("TRACE / HTTP/1.1"), 405],
      [
        "two requests, the second one hidden in the first's body",
        request("GET / HTTP/1.1", `Content-Length: ${hidden.length}`) + hidden,
        200,
      ],
    ]);
  });
});

function chunked(chunks: readonly string[]): string {
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  return `${request("POST / HTTP/1.1", "Transfer-Encoding: chunked")}${body}0\r\n\r\n`;
}
