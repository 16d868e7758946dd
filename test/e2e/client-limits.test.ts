// What one client address may ask of the edge: in a time, at a time, and given up. Addresses by a trusted proxy.
//
//   client ──X-Forwarded-For──▶ nginx (2 workers, trusts 127.0.0.1) ──▶ origin
//          ──HTTP/2, as itself─▶
import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { type Reply, request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { LimitsObject } from "../../src/wire/edge.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { block, endHeaders, endStream, frame, hello, types } from "../hostile/frames.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const hourMicros = 3_600_000_000;
const most = 1_000_000;
const asked = block([
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/"],
  [":authority", "silent.test"],
]);
/** What a test takes stays taken. */
const limits = (clients: Partial<LimitsObject["clients"]>): Objects => ({
  "limits/edge": JSON.stringify({
    clients: { connections: most, intervalMicros: hourMicros, burst: most, ...clients },
  }),
});

describe("a client address may ask", () => {
  let origin: Origin;
  let silent: Origin;
  let gateway: Gateway;
  let objects: Objects;

  before(async () => {
    origin = await describingOrigin("app");
    silent = await rawOrigin(() => {});
    const names = ["a.test", "silent.test"];
    objects = {
      ...service("app", targetsAt(origin.port)),
      ...service("silent", targetsAt(silent.port), { timeouts: { connectMs: 9_000, sendMs: 9_000, readMs: 9_000 } }),
      ...route("a"),
      ...route("silent", { service: "silent" }),
      "certificate/a": JSON.stringify({ names, ...(await selfSigned(names, Date.now())) }),
    };
    gateway = await startGateway({ nginx: { trustedProxies: ["127.0.0.1/32"] }, objects });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
    silent.close();
  });

  const limitTo = async (clients?: Partial<LimitsObject["clients"]>) =>
    assert.equal((await gateway.push({ ...objects, ...(clients && limits(clients)) })).status, 200);
  const ask = (address: string, host = "a.test"): Promise<Reply> =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host, "x-forwarded-for": address },
    });
  const statusesOf = async (count: number, address: string, host?: string) => {
    const replies = await Promise.all(Array.from({ length: count }, () => ask(address, host)));
    return replies.map(({ status }) => status);
  };
  const count = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length;
  const rejections = async (reason: string) =>
    (await gateway.counters()).counters[`portway_rejections_total|plugin=clients,reason=${reason}`] ?? 0;

  test("anything, where nothing is limited", async () => {
    assert.deepEqual(await statusesOf(50, "192.0.2.1"), new Array(50).fill(200));
  });

  test("so much in a time, over both workers; the refusal says when to come again and is counted", async () => {
    await limitTo({ burst: 16, intervalMicros: 60_000_000 });
    const passed = count(await statusesOf(60, "192.0.2.1"), 200);
    assert.ok(passed >= 16 && passed <= 18, `${passed} of 16 passed`);
    const refused = (await Promise.all(Array.from({ length: 8 }, () => ask("192.0.2.1")))).find(
      ({ status }) => status === 429,
    )!;
    assert.equal(refused.headers["content-type"], "application/problem+json");
    const wait = Number(refused.headers["retry-after"]);
    assert.ok(wait >= 1 && wait <= 120, `Retry-After: ${refused.headers["retry-after"]}`);
    assert.equal(JSON.parse(refused.body).status, 429);
    assert.equal((await ask("192.0.2.2")).status, 200, "another address");
    await waitFor(async () => (await rejections("requests")) >= 43, { what: "the refusals to be counted" });
  });

  test("also what no route takes", async () => {
    await limitTo({ burst: 8 });
    const statuses = await statusesOf(20, "192.0.2.9", "nowhere.test");
    assert.deepEqual([...new Set(statuses)].sort(), [404, 429]);
  });

  test("of IPv6 as a /64, whichever of its addresses it uses", async () => {
    await limitTo({ burst: 8 });
    const addresses = Array.from({ length: 20 }, (_, index) => `2001:db8:0:1::${index}`);
    const statuses = await Promise.all(addresses.map(async (address) => (await ask(address)).status));
    assert.ok(count(statuses, 200) <= 9);
    assert.equal((await ask("2001:db8:0:2::1")).status, 200);
  });

  test("so much at a time, over both workers, and again when that is over", async () => {
    await limitTo({ connections: 20 });
    const controller = new AbortController();
    const held: Promise<number>[] = [];
    for (let i = 0; i < 40; i++) held.push(statusOf(gateway.httpPort, "silent.test", "192.0.2.3", controller.signal));
    await waitFor(async () => (await rejections("connections")) >= 18, { what: "refusals" });
    assert.equal((await ask("192.0.2.4")).status, 200);
    controller.abort();
    const statuses = await Promise.all(held);
    const waiting = count(statuses, 0);
    assert.ok(waiting >= 20 && waiting <= 22, `${waiting} of 20 went through`);
    await waitFor(async () => (await ask("192.0.2.3")).status === 200, { what: "a place" });
  });

  test("a killed worker's places are free again", async () => {
    await limitTo({ connections: 8 });
    const controller = new AbortController();
    const held = Array.from({ length: 24 }, () =>
      statusOf(gateway.httpPort, "silent.test", "192.0.2.5", controller.signal),
    );
    await waitFor(async () => (await ask("192.0.2.5")).status === 429, { what: "no place" });
    for (const { pid } of (await gateway.state()).workers) process.kill(pid, "SIGKILL");
    await Promise.all(held);
    await waitFor(async () => (await ask("192.0.2.5").catch(() => undefined))?.status === 200, { what: "a place" });
  });

  test("and gives up one in ten of its requests: streams that are reset at once reach no target beyond that", async () => {
    await limitTo({ burst: 200 });
    const before = silent.count();
    const socket = connect({
      port: gateway.httpsPort,
      host: "127.0.0.1",
      servername: "silent.test",
      ALPNProtocols: ["h2"],
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    socket.on("error", () => {}).resume();
    let bytes = hello;
    for (let stream = 1; stream < 300; stream += 2)
      bytes +=
        frame(types.headers, endHeaders | endStream, stream, asked) + frame(types.reset, 0, stream, "\0\0\0\x08");
    socket.write(Buffer.from(bytes, "latin1"));
    await waitFor(async () => (await rejections("givenUp")) >= 130, { what: "resets to be refused" });
    socket.destroy();
    const reached = silent.count() - before;
    assert.ok(reached <= 20, `${reached} streams of 150 cost the target a connection`);
  });

  test("until the limits are taken out", async () => {
    await limitTo({ burst: 1 });
    assert.ok(count(await statusesOf(10, "192.0.2.6"), 429) > 0);
    await limitTo();
    assert.deepEqual(await statusesOf(20, "192.0.2.6"), new Array(20).fill(200));
  });

  /** 0 when it was given up without an answer. */
  function statusOf(port: number, host: string, address: string, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      const headers = { host, "x-forwarded-for": address };
      const asked = get({ port, host: "127.0.0.1", headers, agent: false, signal }, (reply: IncomingMessage) => {
        reply.resume();
        resolve(reply.statusCode!);
      });
      asked.on("error", () => resolve(0));
    });
  }
});
