// A route over several services.
//
//   client ──http──▶ nginx (2 workers) ─┬─ 90 ──▶ old
//                                       └─ 10 ──▶ new
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { RouteObject, SplitConfig } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin } from "./gateway-origins.ts";

const ninetyTen = [
  { name: "old", weight: 90 },
  { name: "new", weight: 10 },
];

function splitRoute(
  name: string,
  split: SplitConfig,
  plugins: readonly PluginObject[] = [],
  changes: Partial<RouteObject> = {},
) {
  const objects = route(name, changes, plugins);
  const { service: _, ...rest } = JSON.parse(objects[`route/${name}`]!) as RouteObject;
  return { ...objects, [`route/${name}`]: JSON.stringify({ ...rest, split }) };
}

describe("a route over several services", () => {
  let old: Origin;
  let young: Origin;
  let gateway: Gateway;
  let agent: Agent;
  const objects = (split: SplitConfig) => ({
    ...service("old", targetsAt(old.port)),
    ...service("new", targetsAt(young.port)),
    ...service("broken", []),
    ...splitRoute("shop", split),
    ...splitRoute("user", { services: ninetyTen, keep: { header: "x-user" } }),
    ...splitRoute("cookie", {
      services: [
        { name: "old", weight: 1, token: "OLD" },
        { name: "new", weight: 1, token: "NEW" },
        { name: "broken", weight: 0, token: "BROKEN" },
      ],
      keep: { cookie: "place", maxAgeSeconds: 60 },
    }),
    ...splitRoute("empty", { services: [{ name: "broken", weight: 1 }] }),
    ...splitRoute("inside", { services: ninetyTen }, [{ plugin: "ipAllow", config: { prefixes: ["192.0.2.0/24"] } }]),
    ...splitRoute("small", { services: ninetyTen }, [], { maxBodyBytes: 10 }),
    ...splitRoute("moved", { services: ninetyTen }, [], { rewrite: { prefix: "/x" } }),
  });

  before(async () => {
    old = await describingOrigin("old");
    young = await describingOrigin("new");
    agent = new Agent({ keepAlive: true, maxSockets: 16 });
    gateway = await startGateway({
      objects: { ...objects({ services: ninetyTen }), "why/settings": '{"samplePercent":50}' },
    });
  });
  after(async () => {
    agent.destroy();
    await gateway.stop();
    old.close();
    young.close();
  });

  const ask = (name: string, headers: Record<string, string> = {}, body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host: `${name}.test`, ...headers },
      ...(body !== undefined && { method: "POST", body }),
    });
  const originOf = async (name: string, headers: Record<string, string> = {}) =>
    (JSON.parse((await ask(name, headers)).body) as { origin: string }).origin;
  /** One request over a kept connection. */
  const quick = () =>
    new Promise<void>((resolve, reject) => {
      const options = { agent, port: gateway.httpPort, host: "127.0.0.1", headers: { host: "shop.test" } };
      get(options, (response) => response.resume().on("end", resolve)).on("error", reject);
    });

  test("spreads requests by weight, to within 1 % in all", async () => {
    const [oldBefore, youngBefore] = [old.count(), young.count()];
    const loop = async () => {
      for (let i = 0; i < 125; i++) await quick();
    };
    await Promise.all(Array.from({ length: 16 }, loop));
    const counts = [old.count() - oldBefore, young.count() - youngBefore];
    assert.equal(counts[0]! + counts[1]!, 2000);
    assert.ok(Math.abs(counts[1]! - 200) <= 20, `${counts[1]} of 2,000 for 10 %`);
  });

  test("keeps the choice of a header's value, whoever asks and wherever", async () => {
    const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);
    const placesBy = async (header: string) => {
      const places: string[] = [];
      for (const user of users) places.push(await originOf("user", { [header]: user }));
      return places;
    };
    const places = await placesBy("x-user");
    const again = await placesBy("X-User");
    assert.deepEqual(again, places);
    const young = places.filter((one) => one === "new").length;
    assert.ok(young > 4 && young < 50, `${young} of 200 users for 10 %`);
  });

  test("gives a client a cookie, and keeps its choice while it shows it", async () => {
    const reply = await ask("cookie");
    const [cookie] = reply.headers["set-cookie"] as string[];
    const { origin } = JSON.parse(reply.body) as { origin: string };
    assert.equal(cookie, `place=${origin.toUpperCase()}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60`);
    for (const token of ["OLD", "NEW"]) {
      for (let i = 0; i < 4; i++) {
        const kept = await ask("cookie", { cookie: `a=b; place=${token}` });
        assert.equal(JSON.parse(kept.body).origin, token.toLowerCase());
        assert.equal(kept.headers["set-cookie"], undefined);
      }
    }
    for (const strange of ["BROKEN", "x", ""]) {
      const other = await ask("cookie", { cookie: `place=${strange}` });
      assert.equal(other.status, 200, strange);
      assert.match(String(other.headers["set-cookie"]), /^place=(OLD|NEW);/);
    }
  });

  test("asks the route's own rules first, and its service's after the choice", async () => {
    assert.equal((await ask("inside")).status, 403);
    assert.equal((await ask("small", {}, "x".repeat(11))).status, 413);
    assert.equal((await ask("small", {}, "x".repeat(10))).status, 200);
    assert.equal((await ask("empty")).status, 503);
    assert.equal(JSON.parse((await ask("moved")).body).url, "/x/");
  });

  test("is told in reports with the service of the choice, also of a request whose plugins are timed", async () => {
    for (let i = 0; i < 12; i++) {
      const { headers, status } = await ask("empty");
      assert.equal(status, 503);
      const report = () => gateway.why(String(headers["x-request-id"]));
      await waitFor(async () => (await report()).id !== undefined, { what: "the report", intervalMs: 10 });
      const { service, refusedBy, steps } = await report();
      assert.deepEqual([service, refusedBy, steps?.map(({ plugin }) => plugin)], ["broken", "balancer", ["split"]]);
    }
  });

  test("follows new weights without a reload, with nothing lost", async () => {
    const only = (name: string) =>
      objects({ services: ninetyTen.map((one) => ({ ...one, weight: one.name === name ? 1 : 0 })) });
    for (const name of ["new", "old"]) {
      assert.equal((await gateway.push(only(name))).status, 200);
      const places = await Promise.all(Array.from({ length: 20 }, () => originOf("shop")));
      assert.deepEqual([...new Set(places)], [name]);
    }
    const refused = await gateway.push({
      ...only("old"),
      ...splitRoute("shop", { services: [{ name: "none", weight: 1 }] }),
    });
    assert.deepEqual([refused.status, refused.error], [422, "route/shop: there is no service none"]);
  });
});
