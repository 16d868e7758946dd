// The jwt plugin in nginx: who gets in, what a refusal says, keys that change, the metrics.
//
//   client ──http──▶ nginx (2 workers, jwt → rateLimit) ──▶ origin that describes what it saw
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { KeysObject } from "../../src/wire/edge.ts";
import type { JwtConfig, PluginObject } from "../../src/wire/edge-plugins.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { waitFor } from "../lab/wait-for.ts";
import { keyFor, type Signer, tokenBy } from "../lua/jws.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, type Origin, type Seen, statuses } from "./gateway-origins.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const next = generateKeyPairSync("rsa", { modulusLength: 2048 });
const config: JwtConfig = { issuer: "https://id.test/", audience: ["orders"], skewSeconds: 0, keys: "main" };
const jwt: PluginObject = { plugin: "jwt", config };
const perSubject: PluginObject = {
  plugin: "rateLimit",
  config: { per: "subject", intervalMicros: 60_000_000, burst: 2, tokens: 1, perMs: 60_000, id: "orders" },
};

const nowSeconds = () => Math.floor(Date.now() / 1000);
const claims = (changes: object = {}) => ({ iss: config.issuer, aud: "orders", exp: nowSeconds() + 600, ...changes });

function tokenFor(payload: object, signer: Signer = pair, kid = "one"): string {
  return tokenBy(signer, "RS256", { alg: "RS256", kid }, JSON.stringify(payload));
}

function objects(port: number, keys: KeysObject): Objects {
  return {
    ...service("app", targetsAt(port)),
    ...route("orders", {}, [jwt]),
    ...route("limited", {}, [jwt, perSubject]),
    "keys/main": JSON.stringify(keys),
  };
}

describe("jwt in nginx", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    gateway = await startGateway({ objects: objects(origin.port, { keys: [keyFor(pair, ["RS256"], "one")] }) });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (authorization: string | undefined, host = "orders.test") =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host, ...(authorization !== undefined && { authorization }) },
    });

  test("a good token passes, and reaches the target as it came", async () => {
    const authorization = `Bearer ${tokenFor(claims({ sub: "user-7" }))}`;
    for (let i = 0; i < 10; i++) {
      const answer = await ask(authorization);
      assert.equal(answer.status, 200);
      assert.equal((JSON.parse(answer.body) as Seen).headers.authorization, authorization);
    }
  });

  test("a refusal is a problem document with a challenge that tells no more than that a token ended", async () => {
    const seen = origin.count();
    const invalid = 'Bearer realm="api", error="invalid_token", error_description="the token is not valid"';
    const expired = 'Bearer realm="api", error="invalid_token", error_description="the token has expired"';
    const cases: [authorization: string | undefined, challenge: string][] = [
      [undefined, 'Bearer realm="api"'],
      ["Basic dTpw", 'Bearer realm="api"'],
      ["Bearer x", invalid],
      [`Bearer ${tokenFor(claims({ aud: "stock" }))}`, invalid],
      [`Bearer ${tokenFor(claims(), next)}`, invalid],
      [`Bearer ${tokenFor(claims(), pair, "two")}`, invalid],
      [`Bearer ${tokenFor(claims({ exp: nowSeconds() - 1 }))}`, expired],
    ];
    for (const [authorization, challenge] of cases) {
      const { status, headers, body } = await ask(authorization);
      assert.equal(status, 401);
      assert.equal(headers["www-authenticate"], challenge);
      assert.equal(headers["content-type"], "application/problem+json");
      assert.deepEqual(Object.keys(JSON.parse(body) as object), ["type", "title", "status", "requestId"]);
    }
    assert.equal(origin.count(), seen);
  });

  test("two Authorization headers are refused, whichever is the good one", async () => {
    const good = `Authorization: Bearer ${tokenFor(claims())}`;
    for (const lines of [
      [good, "Authorization: Bearer x"],
      ["authorization: Bearer x", good],
      [good, good],
    ]) {
      const text = ["GET / HTTP/1.1", "Host: orders.test", "Connection: close", ...lines].join("\r\n");
      assert.deepEqual(statuses(await exchange(gateway.httpPort, `${text}\r\n\r\n`)), [400]);
    }
  });

  test("the subject is who a rate limit counts", async () => {
    const statusesOf = async (subject: string) => {
      const authorization = `Bearer ${tokenFor(claims({ sub: subject }))}`;
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push((await ask(authorization, "limited.test")).status);
      return answers;
    };
    assert.deepEqual(await statusesOf("one"), [200, 200, 429]);
    assert.deepEqual(await statusesOf("two"), [200, 200, 429]);
  });

  test("a key that is replaced ends the tokens of the old one in every worker, also those seen before", async () => {
    const [old, fresh] = [`Bearer ${tokenFor(claims())}`, `Bearer ${tokenFor(claims(), next, "two")}`];
    const statusesOf = async (authorization: string) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(authorization)));
      return [...new Set(answers.map(({ status }) => status))];
    };
    assert.deepEqual([await statusesOf(old), await statusesOf(fresh)], [[200], [401]]);
    const replaced = await gateway.push(objects(origin.port, { keys: [keyFor(next, ["RS256"], "two")] }));
    assert.equal(replaced.status, 200);
    assert.deepEqual([await statusesOf(old), await statusesOf(fresh)], [[401], [200]]);
    const none = await gateway.push(objects(origin.port, { keys: [] }));
    assert.equal(none.status, 200);
    assert.deepEqual([await statusesOf(old), await statusesOf(fresh)], [[401], [401]]);
  });

  test("the metrics count refusals by reason, and OpenSSL's failures are never taken for nginx's", async () => {
    const reasons = ["missing", "malformed", "audience", "signature", "noKey", "expired"];
    const areCounted = async () => {
      const { counters } = await gateway.counters();
      return reasons.every((reason) => counters[`portway_rejections_total|plugin=jwt,reason=${reason}`]! > 0);
    };
    await waitFor(areCounted, { what: "workers to have flushed their counters" });
    assert.doesNotMatch(gateway.errorLog(), /SSL|error:|lua entry thread aborted/);
  });
});
