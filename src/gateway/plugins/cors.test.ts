import assert from "node:assert/strict";
import { test } from "node:test";
import { type PluginRequest, runPlugin } from "../../../test/lua/plugins.ts";
import type { CorsConfig } from "../../wire/edge-plugins.ts";

const app = "https://app.example.com";
const config: CorsConfig = {
  isOpen: false,
  origins: [app],
  patterns: [{ start: "https://", end: ".example.org" }],
  credentials: true,
  methods: "GET, PUT",
  headers: "Authorization",
  expose: "X-Total",
  maxAge: "600",
};
const open: CorsConfig = { ...config, isOpen: true, origins: [], patterns: [], credentials: false };
const from = (origin: string, more: PluginRequest = {}): PluginRequest => ({ ...more, headers: { origin } });
const preflight = (origin: string): PluginRequest => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "PUT" },
});
const allowedOrigins = (requests: readonly PluginRequest[], of = config) =>
  runPlugin("cors", of, requests).map(({ answer }) => answer["Access-Control-Allow-Origin"]);

test("an origin of the list is told that it may read the answer, and with credentials where they are allowed", () => {
  const [result] = runPlugin("cors", config, [from(app)]);
  assert.deepEqual(result!.answer, {
    Vary: "Origin",
    "Access-Control-Allow-Origin": app,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "X-Total",
  });
});

test("a pattern stands for one name or more before its end, and for nothing else", () => {
  const allowed = ["https://a.example.org", "https://a.b-1.example.org"];
  const others = [
    "https://example.org",
    "https://.example.org",
    "http://a.example.org",
    "https://a.example.org:8443",
    "https://evil.com/a.example.org",
    "https://evil.com#.example.org",
    "https://user@a.example.org",
    "https://aexample.org",
    "https://a.example.org.evil.com",
    "https://A.example.org",
    "null",
    "",
  ];
  for (const again of [allowed, others, allowed]) {
    const expected = again.map((origin) => (again === allowed ? origin : undefined));
    assert.deepEqual(allowedOrigins(again.map((origin) => from(origin))), expected);
  }
});

test("a stranger's requests pass without a word that would let its page read the answer, whatever the target says", () => {
  const answerHeaders = {
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "X",
    vary: "Accept",
  };
  const [stranger, none] = runPlugin("cors", config, [from("https://evil.com", { answerHeaders }), { answerHeaders }]);
  assert.equal(stranger!.status, 0);
  assert.deepEqual(stranger!.answer, { Vary: "Accept, Origin" });
  assert.deepEqual(none!.answer, { Vary: "Accept, Origin" });
});

test("Vary keeps what it says and names Origin once, and not at all where every origin gets the same", () => {
  const vary = (before: string | string[], of = config) =>
    runPlugin("cors", of, [from(app, { answerHeaders: { vary: before } })]).map(
      ({ answer }) => answer["Vary"] ?? answer["vary"],
    )[0];
  assert.equal(vary("Accept, origin"), "Accept, origin");
  assert.equal(vary("*"), "*");
  assert.equal(vary(["Accept", "Cookie"]), "Accept, Cookie, Origin");
  assert.equal(vary("Accept", open), "Accept");
});

test("a preflight is answered with what is allowed", () => {
  const [result] = runPlugin("cors", config, [preflight(app)]);
  assert.equal(result!.status, 204);
  assert.deepEqual(result!.answer, {
    "Access-Control-Allow-Origin": app,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET, PUT",
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Max-Age": "600",
    "Access-Control-Expose-Headers": "X-Total",
    Vary: "Access-Control-Request-Method, Access-Control-Request-Headers, Origin",
  });
});

test("a stranger's preflight is refused; an OPTIONS request that is none goes on", () => {
  const [stranger] = runPlugin("cors", config, [preflight("https://evil.com")]);
  assert.deepEqual([stranger!.status, stranger!.reason], [403, "origin"]);
  assert.equal(stranger!.answer["Access-Control-Allow-Origin"], undefined);
  const plain = runPlugin("cors", config, [
    { method: "OPTIONS", headers: { origin: app } },
    { method: "OPTIONS", headers: { "access-control-request-method": "PUT" } },
  ]);
  assert.deepEqual(
    plain.map(({ status }) => status),
    [0, 0],
  );
});

test("open to every origin is said as a star, without credentials", () => {
  const [result] = runPlugin("cors", open, [from("https://any.where")]);
  assert.deepEqual(result!.answer, {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Total",
  });
});
