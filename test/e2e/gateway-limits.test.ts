// Rate limits and address lists, with both workers answering; addresses by a trusted proxy, so that there are many.
//
//   client ──X-Forwarded-For──▶ nginx (2 workers, trusts 127.0.0.1) ──▶ origin
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, test } from "node:test";
import { type Reply, request } from "../../src/lib/http.ts";
import type { PluginObject, RateLimitConfig } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin } from "./gateway-origins.ts";

/** `burst` tokens, one more each hour: what a test takes stays taken. */
function limit(id: string, burst: number, changes: Partial<RateLimitConfig> = {}): PluginObject {
  const hourly = { intervalMicros: 3_600_000_000, tokens: burst, perMs: 3_600_000 * burst };
  return { plugin: "rateLimit", config: { per: "clientIp", burst, id, ...hourly, ...changes } };
}
const list = (plugin: "ipAllow" | "ipDeny", ...prefixes: readonly string[]): PluginObject => ({
  plugin,
  config: { prefixes },
});
const manyPrefixes = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/25`);

describe("the gateway limits", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await describingOrigin("app");
    gateway = await startGateway({
      nginx: { trustedProxies: ["127.0.0.1/32"] },
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...route("address", {}, [limit("address", 3)]),
        ...route("race", {}, [limit("race", 50)]),
        ...route("whole", {}, [limit("whole", 3, { per: "route" })]),
        ...route("header", {}, [limit("header", 2, { per: "header", header: "x-api-key" })]),
        ...route("refill", {}, [limit("refill", 2, { intervalMicros: 300_000, tokens: 2, perMs: 600 })]),
        ...route("deny", {}, [list("ipDeny", "192.0.2.0/24", "2001:db8::/32")]),
        ...route("allow", {}, [list("ipAllow", "192.0.2.128/25", "2001:db8:1::/48")]),
        ...route("both", {}, [list("ipDeny", "192.0.2.130/32"), list("ipAllow", "192.0.2.128/25")]),
        ...route("many", {}, [list("ipDeny", ...manyPrefixes)]),
        ...route("order", {}, [list("ipDeny", "192.0.2.0/24"), limit("order", 1)]),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (host: string, address: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Reply> =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host: `${host}.test`, "x-forwarded-for": address, ...headers },
      ...(agent && { agent }),
    });
  const statusesOf = async (replies: readonly Promise<Reply>[]) =>
    (await Promise.all(replies)).map((one) => one.status);

  test("each address by itself, and says how much is left", async () => {
    const replies: Reply[] = [];
    for (let i = 0; i < 4; i++) replies.push(await ask("address", "192.0.2.1"));
    assert.deepEqual(
      replies.map(({ status, headers }) => [status, headers["ratelimit"]]),
      [
        [200, '"clientIp";r=2;t=3600'],
        [200, '"clientIp";r=1;t=7200'],
        [200, '"clientIp";r=0;t=10800'],
        [429, '"clientIp";r=0;t=3600'],
      ],
    );
    const refused = replies[3]!;
    assert.equal(refused.headers["retry-after"], "3600");
    assert.equal(refused.headers["ratelimit-policy"], '"clientIp";q=3;w=10800');
    assert.equal(JSON.parse(refused.body).status, 429);
    assert.equal((await ask("address", "192.0.2.2")).status, 200);
  });

  test("an IPv6 subscriber as one, whichever address of its /64 it uses", async () => {
    const asked = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1", "2001:db8::4"].map((address) =>
      ask("address", address),
    );
    assert.deepEqual((await statusesOf(asked)).sort(), [200, 200, 200, 429]);
    assert.equal((await ask("address", "2001:db8:0:1::1")).status, 200);
  });

  test("the same bucket in both workers: many at once pass at most one token too many or too few", async () => {
    const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const asked = Array.from({ length: 200 }, (_, index) =>
      ask("race", "192.0.2.3", {}, agents[index % agents.length]),
    );
    const passed = (await statusesOf(asked)).filter((status) => status === 200).length;
    for (const agent of agents) agent.destroy();
    assert.ok(passed >= 49 && passed <= 51, `${passed} of 50 passed`);
  });

  test("a route as a whole, and values of a header each by itself", async () => {
    assert.deepEqual(
      (await statusesOf(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map((one) => ask("whole", one)))).sort(),
      [200, 200, 200, 429],
    );
    const keyed = (key: string, address = "192.0.2.1") => ask("header", address, { "x-api-key": key });
    assert.deepEqual(
      (await statusesOf([keyed("one"), keyed("one", "192.0.2.9"), keyed("one")])).sort(),
      [200, 200, 429],
    );
    assert.deepEqual(await statusesOf([keyed("two"), keyed("x".repeat(500)), keyed("y".repeat(500))]), [200, 200, 200]);
    // without the header: by address, apart from the values
    assert.deepEqual((await statusesOf([1, 2, 3].map(() => ask("header", "192.0.2.7")))).sort(), [200, 200, 429]);
  });

  test("until the bucket fills again", async () => {
    await statusesOf([1, 2, 3].map(() => ask("refill", "192.0.2.1")));
    assert.equal((await ask("refill", "192.0.2.1")).status, 429);
    await waitFor(async () => (await ask("refill", "192.0.2.1")).status === 200, { what: "a token" });
  });

  test("addresses that are denied, and with ipAllow all others", async () => {
    const table: readonly (readonly [host: string, address: string, status: number])[] = [
      ["deny", "192.0.2.0", 403],
      ["deny", "192.0.2.255", 403],
      ["deny", "192.0.3.0", 200],
      ["deny", "2001:db8:ffff::1", 403],
      ["deny", "2001:db9::1", 200],
      ["deny", "::ffff:192.0.2.7", 403],
      ["allow", "192.0.2.127", 403],
      ["allow", "192.0.2.128", 200],
      ["allow", "2001:db8:1::5", 200],
      ["allow", "2001:db8:2::5", 403],
      ["both", "192.0.2.129", 200],
      ["both", "192.0.2.130", 403],
      ["both", "192.0.2.1", 403],
      ["many", "10.0.0.127", 403],
      ["many", "10.0.0.128", 200],
      ["many", "10.39.15.1", 403],
      ["many", "10.39.16.1", 200],
    ];
    for (const [host, address, status] of table) {
      for (let again = 0; again < 3; again++)
        assert.equal((await ask(host, address)).status, status, `${host} ${address}`);
    }
  });

  test("a denied client without taking its tokens", async () => {
    assert.deepEqual(await statusesOf([1, 2, 3].map(() => ask("order", "192.0.2.1"))), [403, 403, 403]);
    assert.equal((await ask("order", "198.51.100.1")).status, 200);
  });

  test("and counts refusals by plugin and reason, requests by route", async () => {
    await waitFor(
      async () => {
        const { counters, histograms } = await gateway.counters();
        return (
          (counters["portway_rejections_total|plugin=rateLimit,reason=exceeded"] ?? 0) >= 150 &&
          (counters["portway_rejections_total|plugin=ipDeny,reason=denied"] ?? 0) >= 10 &&
          (counters["portway_rejections_total|plugin=ipAllow,reason=notAllowed"] ?? 0) >= 4 &&
          counters["portway_requests_total|route=order,status_class=4xx"] === 3 &&
          counters["portway_requests_total|route=order,status_class=2xx"] === 1 &&
          histograms["portway_request_duration_seconds|route=order"]?.count === 4
        );
      },
      { what: "the counters of both workers" },
    );
  });
});

test("a client that no trusted proxy stands before cannot choose its address", async () => {
  const origin = await describingOrigin("app");
  const gateway = await startGateway({
    objects: {
      ...service("app", targetsAt(origin.port)),
      ...route("allow", {}, [list("ipAllow", "192.0.2.0/24")]),
      ...route("address", {}, [limit("address", 1)]),
    },
  });
  const ask = async (host: string, headers: Record<string, string>) =>
    (await request({ url: `http://127.0.0.1:${gateway.httpPort}`, path: "/", headers: { host, ...headers } })).status;
  try {
    assert.equal(await ask("allow.test", { "x-forwarded-for": "192.0.2.1", "x-real-ip": "192.0.2.1" }), 403);
    assert.equal(await ask("address.test", { "x-forwarded-for": "192.0.2.1" }), 200);
    assert.equal(await ask("address.test", { "x-forwarded-for": "192.0.2.2" }), 429);
  } finally {
    await gateway.stop();
    origin.close();
  }
});
