import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { request } from "../../lib/http.ts";
import type { TokenCreated } from "../../wire/api.ts";
import { type ApiRouteId, apiRoutes } from "../../wire/api-routes.ts";
import type { Problem } from "../../wire/errors.ts";
import { ask, demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";
import { maxBodyBytes } from "./body.ts";

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly security: object[] }>>>
  >;
}

let control: TestControl;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
});
after(() => control.close());

const routeIds = Object.keys(apiRoutes) as ApiRouteId[];
const json = { "content-type": "application/json" };

test("every route is served, and all but the public ones refuse a stranger", async () => {
  for (const id of routeIds) {
    const reply = await ask(control.stranger, id, { ...(apiRoutes[id].method === "POST" && { body: {} }) });
    const code = reply.status < 400 ? undefined : (JSON.parse(reply.body) as Problem).code;
    if (apiRoutes[id].access === "public") assert.notEqual(code, "unauthenticated", id);
    else assert.equal(code, "unauthenticated", id);
    assert.notEqual(code, "notFound", id);
  }
});

test("an answer to a stranger asks for a token", async () => {
  const reply = await ask(control.stranger, "status");
  assert.equal(reply.headers["www-authenticate"], 'Bearer realm="portway"');
  assert.equal(reply.headers["content-type"], "application/problem+json");
});

test("OpenAPI documents every route, its parameters and who may call it", async () => {
  const document = await demand<OpenApi>(control.stranger, "openapi");
  assert.match(document.openapi, /^3\.1\./);
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, security }]) => {
      const scheme = Object.keys(security[0] ?? {})[0];
      return [operationId, `${method.toUpperCase()} ${path}`, scheme].join(" ");
    }),
  );
  const schemes = { public: undefined, admin: "adminToken", host: "hostCertificate" };
  const served = routeIds.map((id) => {
    const { method, path, access } = apiRoutes[id];
    return [id, `${method} ${path.replace(/:(\w+)/g, "{$1}")}`, schemes[access]].join(" ");
  });
  assert.deepEqual(documented.sort(), served.sort());
  assert.doesNotMatch(JSON.stringify(document), /"\$ref":"#\/(?!components\/schemas\/Problem")/);
});

test("an administrator's token opens what the socket opens, until it is revoked", async () => {
  const made = await demand<TokenCreated>(control.local, "tokenCreate", { body: { kind: "admin" } });
  const headers = { authorization: `Bearer ${made.token}` };
  assert.equal((await ask(control.stranger, "status", { headers })).status, 200);
  await demand(control.stranger, "tokenRevoke", { headers, path: { id: made.id } });
  assert.equal((await refused(control.stranger, "status", { headers })).code, "tokenInvalid");
  const audit = await demand<{ entries: { author: string; action: string }[] }>(control.local, "audit");
  assert.deepEqual([audit.entries[0]?.author, audit.entries[0]?.action], [`token:${made.id}`, "token.revoke"]);
});

test("a token to join with is no administrator's, and an administrator's cannot join", async () => {
  const { secret } = await control.token();
  const headers = { authorization: `Bearer pwa1.${secret}` };
  assert.equal((await refused(control.stranger, "status", { headers })).code, "tokenInvalid");
});

test("an administrator's token that expired says so", async () => {
  const body = { kind: "admin", expiresInMs: 60_000 };
  const { token } = await demand<TokenCreated>(control.local, "tokenCreate", { body });
  control.pass(60_000);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await refused(control.stranger, "status", { headers })).code, "tokenExpired");
});

test("a path that does not exist, a method that a path does not take, and HEAD each get a problem", async () => {
  const problemAt = async (method: string, path: string) => {
    const reply = await request({ ...control.local, method, path });
    return { reply, problem: (reply.body ? JSON.parse(reply.body) : {}) as Problem };
  };
  assert.equal((await problemAt("GET", "/v1/nothing")).problem.code, "notFound");
  assert.equal((await problemAt("GET", "/v1/hosts/a/b")).problem.code, "notFound");
  const { reply, problem } = await problemAt("PUT", "/v1/hosts/api-1");
  assert.equal(problem.code, "methodNotAllowed");
  assert.equal(reply.headers["allow"], "GET, DELETE");
  assert.equal((await problemAt("HEAD", "/v1/events")).reply.status, 405);
});

test("a body that is no JSON, not UTF-8, of another kind or of the wrong shape is named as such", async () => {
  const bad = async (body: string, headers: Record<string, string> = json) =>
    refused(control.local, "specPlan", { body, headers });
  assert.match((await bad("{")).detail, /not JSON/);
  assert.match((await bad("")).detail, /not JSON/);
  assert.match((await bad("{}", { "content-type": "text/plain" })).detail, /application\/json/);
  const shaped = await bad('{"text":7,"extra":1}');
  assert.equal(shaped.code, "invalidRequest");
  assert.match(shaped.detail, /text: .*extra/s);
  const reply = await request({
    ...control.local,
    method: "POST",
    path: "/v1/spec/plan",
    headers: json,
    body: '{"text":"\ud800"}', // a lone surrogate is not written as UTF-8
  });
  assert.equal(reply.status, 422);
});

test("a body over the limit is refused, announced or not", async () => {
  const big = "x".repeat(maxBodyBytes);
  assert.equal((await refused(control.local, "specPlan", { body: { text: big } })).code, "tooLarge");
  const status = await new Promise((resolve, reject) => {
    const options = { socketPath: control.running.socketPath, method: "POST", path: "/v1/spec/plan", headers: json };
    const outgoing = httpRequest(options, (reply) => resolve(reply.resume().statusCode));
    outgoing.on("error", reject);
    outgoing.write(`{"text":"${big}`); // without a length it goes in chunks
    outgoing.end('"}');
  });
  assert.equal(status, 413);
});

test("a query that is out of bounds is refused", async () => {
  for (const query of [{ limit: "0" }, { limit: "x" }, { before: "-1" }] as Record<string, string>[]) {
    assert.equal((await refused(control.local, "audit", { query })).code, "invalidRequest");
  }
});

test("what is not HTTP gets a problem and no more", async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connectTls({ port: control.running.port, host: "127.0.0.1", ca: control.rootPem }, () => {
      socket.end("NONSENSE\r\n\r\n");
    });
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    socket.on("end", () => resolve(text)).on("error", reject);
  });
  assert.match(answer, /^HTTP\/1\.1 400 .*application\/problem\+json/s);
});

test("plain HTTP to the port of HTTPS is told so, in plain HTTP", async () => {
  const { port } = new URL(control.stranger.url!);
  const { status, body } = await request({ url: `http://127.0.0.1:${port}`, path: "/" });
  const { code, detail, hint } = JSON.parse(body) as Problem;
  assert.deepEqual(
    [status, code, detail, hint],
    [400, "invalidRequest", "this port speaks HTTPS alone", "write https:// in place of http://"],
  );
});

test("headers over the limit are refused", async () => {
  const reply = await request({ ...control.local, path: "/v1/status", headers: { "x-big": "x".repeat(20_000) } });
  assert.equal(reply.status, 400);
});

test("an address that guesses tokens has to wait, while hosts and the socket go on", async () => {
  const door = await control.join("api-1");
  const headers = { authorization: `Bearer pwa1.${"A".repeat(43)}` };
  const replies = await Promise.all(Array.from({ length: 15 }, () => ask(control.stranger, "status", { headers })));
  const codes = replies.map(({ body }) => (JSON.parse(body) as Problem).code);
  assert.deepEqual([...new Set(codes)].sort(), ["tokenInvalid", "tooManyRequests"]);
  const reply = replies[codes.indexOf("tooManyRequests")];
  assert.ok(Number(reply?.headers["retry-after"]) > 0);
  assert.equal((await refused(door, "hostsList")).code, "forbidden", "a host is known, not throttled");
  assert.equal((await ask(control.local, "status")).status, 200);
});
