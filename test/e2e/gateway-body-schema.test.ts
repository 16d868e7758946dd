// Bodies that fit a route's schema get through, byte by byte; others stop at the edge, which says where they do not fit.
//
//   client ──http──▶ nginx (2 workers) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import { bodySchemaConfig } from "../../src/plan/body-schema.ts";
import type { BodySchemaConfig } from "../../src/wire/body-schema.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, httpOrigin, type Origin, statuses } from "./gateway-origins.ts";

const json = { "content-type": "application/json" };
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

const { parts } = bodySchemaConfig({
  schema: {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: { type: "string", maxLength: 20 },
      notes: { type: "array", items: { type: "string" } },
      code: { pattern: "^[A-Z\u00c9]{2}-\\d+$" },
      due: { format: "date" },
    },
  },
  types: [],
  maxBytes: 0,
  isRequired: true,
});

const schema = (changes: Partial<BodySchemaConfig> = {}): PluginObject => ({
  plugin: "bodySchema",
  config: { types: ["application/json"], maxBytes: 65_536, isRequired: true, parts, ...changes },
});

describe("a route with bodySchema", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await httpOrigin((incoming, response) => {
      const hash = createHash("sha256");
      incoming.on("data", (chunk: Buffer) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
    });
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("small", {}, [schema()]),
        ...route("large", {}, [schema({ maxBytes: 500_000 })]),
        ...route("streamed", { buffering: { request: false, response: true } }, [schema()]),
        ...route("free", {}, [schema({ isRequired: false })]),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (host: string, body: string | undefined, headers: Record<string, string> = json, method = "POST") =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      method,
      path: "/",
      headers: { host: `${host}.test`, ...headers },
      ...(body !== undefined && { body }),
    });

  test("passes a body that fits on as it came, from memory and from disk, buffered or not", async () => {
    const body = '{ "name": "caf\u00e9",\n "notes": ["\\u0041"] }';
    for (const host of ["small", "streamed", "free"]) {
      const reply = await ask(host, body, { "content-type": "Application/JSON; charset=UTF-8" });
      assert.deepEqual([reply.status, reply.body], [200, digest(body)]);
    }
    const long = JSON.stringify({ name: "x", notes: Array.from({ length: 15_000 }, (_, i) => `a note of ${i}`) });
    assert.ok(long.length > 200_000);
    const reply = await ask("large", long);
    assert.deepEqual([reply.status, reply.body], [200, digest(long)]);
  });

  test("says where a body does not fit, with 422, and nothing of the inside", async () => {
    const reply = await ask("small", '{"notes":["a",1],"a b/\\"<":0}');
    assert.equal(reply.status, 422);
    assert.equal(reply.headers["content-type"], "application/problem+json");
    const { requestId, ...problem } = JSON.parse(reply.body);
    assert.match(requestId, /^[\w-]+$/);
    assert.deepEqual(problem, {
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
      errors: [
        { pointer: "#/name", detail: "is missing" },
        { pointer: "#/notes/1", detail: "is of the wrong type" },
        { pointer: "#/a%20b~1%22%3C", detail: "is not allowed" },
      ],
    });
  });

  test("looks texts over by patterns and formats", async () => {
    const errors = async (more: object) =>
      JSON.parse((await ask("small", JSON.stringify({ name: "a", ...more }))).body || "{}").errors;
    assert.equal(
      (await ask("small", JSON.stringify({ name: "a", code: "A\u00c9-12", due: "2024-02-29" }))).status,
      200,
    );
    const detail = "does not have the form that it must have";
    assert.deepEqual(await errors({ code: "ab-12", due: "2023-02-29" }), [
      { pointer: "#/code", detail },
      { pointer: "#/due", detail },
    ]);
  });

  test("refuses what is no JSON, or reads as one thing here and another there, with 400", async () => {
    const errors = async (body: string) => {
      const { status, body: text } = await ask("small", body);
      return [status, JSON.parse(text).errors?.[0].detail];
    };
    assert.deepEqual(await errors('{"name":"a"'), [400, "is not JSON (byte 12)"]);
    assert.deepEqual(await errors('{"name":"a","name":1}'), [400, "has a member twice (byte 13)"]);
    assert.deepEqual(await errors('{"name":1e999}'), [400, "has a number that is too large (byte 9)"]);
    assert.deepEqual(await errors("["), [400, "is not JSON (byte 2)"]);
    assert.deepEqual(await errors("[".repeat(50)), [400, "is nested too deeply (byte 34)"]);
    const invalid =
      'POST / HTTP/1.1\r\nHost: small.test\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"\xff"}';
    const text = await exchange(gateway.httpPort, invalid);
    assert.deepEqual(statuses(text), [400]);
    assert.match(text, /is not UTF-8/);
  });

  test("needs a body where the method does, unless it is told that none is needed", async () => {
    for (const method of ["POST", "PUT", "PATCH"]) {
      assert.equal((await ask("small", undefined, json, method)).status, 400);
      assert.equal((await ask("free", undefined, json, method)).status, 200);
    }
    assert.equal((await ask("small", undefined, {}, "GET")).status, 200);
    assert.equal((await ask("small", "[]", json, "DELETE")).status, 422);
    assert.equal((await ask("free", "[]")).status, 422);
  });

  test("refuses what it cannot look into: other types, none, charsets and codings", async () => {
    const body = '{"name":"a"}';
    for (const type of [
      "text/plain",
      "application/json, text/plain",
      "application/json; charset=utf-16",
      "application/jsonp",
    ])
      assert.equal((await ask("small", body, { "content-type": type })).status, 415, type);
    assert.equal((await ask("small", body, {})).status, 415);
    assert.equal((await ask("small", body, { ...json, "content-encoding": "gzip" })).status, 415);
    const twice = `POST / HTTP/1.1\r\nHost: small.test\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n${body}`;
    assert.deepEqual(statuses(await exchange(gateway.httpPort, twice)), [415]);
  });

  test("lets nothing through that is larger than what it reads, however its length is told", async () => {
    const before = origin.count();
    const long = JSON.stringify({ name: "a", notes: ["x".repeat(70_000)] });
    assert.equal((await ask("small", long)).status, 413);
    const chunked = `POST / HTTP/1.1\r\nHost: small.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked)), [413]);
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked.replace("small", "streamed"))), [413]);
    const longer = JSON.stringify({ name: "a", notes: ["x".repeat(600_000)] });
    assert.equal((await ask("large", longer)).status, 413);
    assert.equal(origin.count(), before);
  });

  test("reads a body in chunks like any other", async () => {
    const chunked = (body: string) =>
      `POST / HTTP/1.1\r\nHost: small.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n${body.slice(0, 4)}\r\n${(body.length - 4).toString(16)}\r\n${body.slice(4)}\r\n0\r\n\r\n`;
    const fitting = await exchange(gateway.httpPort, chunked('{"name":"a"}'));
    assert.deepEqual(statuses(fitting), [200]);
    assert.ok(fitting.includes(digest('{"name":"a"}')));
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked('{"name":1}'))), [422]);
  });
});
