// Which target takes a request, and which takes it after another failed.
//
//   client ──http──▶ nginx ─┬─▶ t1
//                           ├─▶ t2   each origin answers with its name, at its own pace
//                           └─▶ t3
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../src/lib/http.ts";
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

describe("the gateway balances", () => {
  const origins: Origin[] = [];
  const bad: Record<string, Origin> = {};
  let gateway: Gateway;

  const app = (name: string, changes: Partial<ServiceObject>, ports = origins.map(({ port }) => port)): Objects => ({
    ...service(name, targetsAt(...ports), changes),
    ...route(name, { service: name }),
  });
  const weighted = (...weights: readonly number[]) =>
    targetsAt(...origins.map(({ port }) => port)).map((target, index) => ({ ...target, weight: weights[index]! }));

  let objects: Objects;

  before(async () => {
    for (const name of ["t1", "t2", "t3"]) {
      origins.push(
        await httpOrigin(async (incoming, response) => {
          const slowMs = Number(incoming.headers[`x-slow-${name}`] ?? incoming.headers["x-slow"] ?? 0);
          if (slowMs > 0) await sleep(slowMs);
          response.end(name);
        }),
      );
    }
    bad["reset"] = await rawOrigin((socket) => socket.resetAndDestroy());
    bad["hang"] = await rawOrigin(() => {});
    bad["half"] = await rawOrigin((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const [t1] = origins.map(({ port }) => port);
    const patient = { ejection: { errors: 100_000, cooldownMs: 1000 } };
    objects = Object.assign(
      {},
      app("weights", { targets: weighted(6, 3, 1) }),
      app("connections", { balance: "leastConnections" }),
      app("latency", { balance: "leastLatency" }),
      app("by-header", { balance: "hash", hash: { on: "header", name: "x-tenant", boundPercent: 125 } }),
      app("by-cookie", { balance: "hash", hash: { on: "cookie", name: "Session", boundPercent: 125 } }),
      app("sticky", {
        targets: weighted(1, 1, 1).map((target) => ({ ...target, token: `token-of-${target.name}` })),
        sticky: { cookie: "Place", maxAgeSeconds: 60 },
      }),
      app("by-path", { balance: "hash", hash: { on: "path", boundPercent: 125 } }),
      app("by-address", { balance: "hash", hash: { on: "clientIp", boundPercent: 125 } }),
      app("dead", patient, [bad["reset"].port, bad["reset"].port]),
      app("tries", { ...patient, tryTimeoutMs: 100, timeouts: { connectMs: 1000, sendMs: 1000, readMs: 600_000 } }, [
        bad["hang"].port,
        t1!,
      ]),
      app("slow-post", { tryTimeoutMs: 50 }, [t1!, t1!]),
      app("half", patient, [bad["half"].port, bad["half"].port]),
    );
    gateway = await startGateway({ objects, workers: 1 });
  });
  after(async () => {
    await gateway.stop();
    for (const origin of [...origins, ...Object.values(bad)]) origin.close();
  });

  const ask = (name: string, headers: Readonly<Record<string, string>> = {}, path = "/", method = "GET") =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path,
      method,
      headers: { host: `${name}.test`, ...headers },
    });
  /** Which origin answered each of these requests, sent at once or one after the other. */
  async function answers(times: number, name: string, headers = (_turn: number): Record<string, string> => ({})) {
    const found: string[] = [];
    for (let turn = 0; turn < times; turn++) found.push((await ask(name, headers(turn))).body);
    return found;
  }
  const countOf = (found: readonly string[], name: string) => found.filter((one) => one === name).length;

  test("by weight, exactly", async () => {
    const found = await answers(200, "weights");
    assert.deepEqual(
      ["t1", "t2", "t3"].map((name) => countOf(found, name)),
      [120, 60, 20],
    );
  });

  test("by connections: a target that holds requests for long gets fewer", async () => {
    const slow = { "x-slow-t1": "400" };
    const clients = Array.from({ length: 6 }, () => answers(20, "connections", () => slow));
    const found = (await Promise.all(clients)).flat();
    assert.ok(countOf(found, "t1") < 20, `${countOf(found, "t1")} of ${found.length}`);
    const after = await answers(30, "connections");
    for (const name of ["t1", "t2", "t3"]) assert.equal(countOf(after, name), 10, "what has ended is not counted on");
  });

  test("by latency: a slow target gets a fraction", async () => {
    const found = await answers(150, "latency", () => ({ "x-slow-t2": "60" }));
    assert.ok(countOf(found, "t2") < 20, `${countOf(found, "t2")}`);
    assert.ok(countOf(found, "t1") > 20 && countOf(found, "t3") > 20);
  });

  for (const [name, headers, path] of [
    ["by-header", (turn: number) => ({ "x-tenant": `tenant-${turn}` }), () => "/"],
    ["by-cookie", (turn: number) => ({ cookie: `a=b; Session=s${turn}` }), () => "/"],
    ["by-path", () => ({}), (turn: number) => `/item/${turn}`],
  ] as const) {
    test(`${name}: one value always has the same target, and values are spread`, async () => {
      const places = async () => {
        const found: string[] = [];
        for (let turn = 0; turn < 30; turn++) found.push((await ask(name, headers(turn), path(turn))).body);
        return found;
      };
      const first = await places();
      assert.deepEqual(await places(), first);
      assert.equal(new Set(first).size, 3, `${first}`);
    });
  }

  test("by address: one client has one target; without what is hashed on, requests go in turn", async () => {
    assert.equal(new Set(await answers(6, "by-address")).size, 1);
    assert.deepEqual((await answers(3, "by-header")).sort(), ["t1", "t2", "t3"]);
  });

  test("a target that goes moves its own values alone, and nothing in flight is lost by changes of targets", async () => {
    const places = () => answers(30, "by-header", (turn) => ({ "x-tenant": `tenant-${turn}` }));
    const first = await places();
    const running = Array.from({ length: 24 }, (_, index) =>
      ask("by-header", { "x-tenant": `tenant-${index}`, "x-slow": `${200 + 25 * index}` }),
    );
    const ports = origins.map(({ port }) => port);
    const hash = { balance: "hash", hash: { on: "header", name: "x-tenant", boundPercent: 125 } } as const;
    const without = { ...objects, ...app("by-header", hash, ports.slice(0, 2)) };
    for (let i = 0; i < 5; i++) {
      assert.equal((await gateway.push(without)).status, 200);
      assert.equal((await gateway.push(objects)).status, 200);
    }
    assert.equal((await gateway.push(without)).status, 200);
    const moved = await places();
    first.forEach((target, index) => {
      if (target === "t3") assert.notEqual(moved[index], "t3");
      else assert.equal(moved[index], target);
    });
    assert.deepEqual([...new Set((await Promise.all(running)).map(({ status }) => status))], [200]);
    assert.equal((await gateway.push(objects)).status, 200);
    assert.deepEqual(await places(), first);
  });

  const cookieOf = (headers: Readonly<Record<string, string | readonly string[] | undefined>>) => {
    const cookies = headers["set-cookie"];
    return cookies === undefined ? undefined : [cookies].flat().join("; ");
  };

  test("a sticky cookie keeps a client with its target", async () => {
    const first = await ask("sticky");
    const cookie = cookieOf(first.headers);
    assert.equal(cookie, `Place=token-of-${first.body}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60`);
    for (let turn = 0; turn < 6; turn++) {
      const again = await ask("sticky", { cookie: `a=b; Place=token-of-${first.body}; c=d` });
      assert.equal(again.body, first.body);
      assert.equal(cookieOf(again.headers), undefined, "and is told once");
    }
  });

  test("a cookie that names no target of the service is as good as none", async () => {
    for (const cookie of ["Place=t1", "Place=token-of-t9", "Place=", "Place=token-of-t1%00", "Place=targets"]) {
      const told = await ask("sticky", { cookie });
      assert.equal(told.status, 200);
      assert.match(cookieOf(told.headers)!, new RegExp(`^Place=token-of-${told.body};`));
    }
  });

  test("a client whose target has gone gets another, and keeps that", async () => {
    const targets = weighted(1, 1, 1).map((target) => ({ ...target, token: `token-of-${target.name}` }));
    const sticky = { cookie: "Place", maxAgeSeconds: 60 };
    const without = { ...objects, ...app("sticky", { targets: targets.slice(1), sticky }) };
    assert.equal((await gateway.push(without)).status, 200);
    const moved = await ask("sticky", { cookie: "Place=token-of-t1" });
    assert.notEqual(moved.body, "t1");
    assert.match(cookieOf(moved.headers)!, new RegExp(`^Place=token-of-${moved.body};`));
    assert.equal((await gateway.push(objects)).status, 200);
    assert.equal((await ask("sticky", { cookie: `Place=token-of-${moved.body}` })).body, moved.body);
    assert.equal((await ask("sticky", { cookie: "Place=token-of-t1" })).body, "t1");
  });

  test("a dead service gets at most a fifth more than its traffic, and what is not tried again is counted", async () => {
    const before = bad["reset"]!.count();
    for (let batch = 0; batch < 6; batch++) {
      const all = await Promise.all(Array.from({ length: 50 }, () => ask("dead")));
      assert.deepEqual([...new Set(all.map(({ status }) => status))], [502]);
    }
    const tries = bad["reset"]!.count() - before;
    assert.ok(tries > 300 && tries <= 360, `${tries} tries of 300 requests`);
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        const retries = counters["portway_retries_total|service=dead"];
        const refused = counters["portway_rejections_total|plugin=balancer,reason=retryBudget"] ?? 0;
        return retries === tries - 300 && refused === 300 - retries;
      },
      { what: "the counters to tell of each" },
    );
  });

  test("a try that takes too long is given up while another may follow", async () => {
    const found = await answers(4, "tries");
    assert.deepEqual(found, ["t1", "t1", "t1", "t1"]);
    assert.ok(bad["hang"]!.count() > 0);
  });

  test("a request that cannot be repeated has all its time", async () => {
    const before = origins[0]!.count();
    assert.equal((await ask("slow-post", { "x-slow": "300" }, "/", "POST")).status, 200);
    assert.equal(origins[0]!.count(), before + 1);
  });

  test("once bytes reached the client there is no other try", async () => {
    const before = bad["half"]!.count();
    await assert.rejects(ask("half"));
    assert.equal(bad["half"]!.count(), before + 1);
  });

  test("no worker fell over", () => {
    assert.doesNotMatch(
      gateway.errorLog(),
      /lua (?:entry thread|user thread|tcp socket)|runtime error|exited on signal/,
    );
  });
});
