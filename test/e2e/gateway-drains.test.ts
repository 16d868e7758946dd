// Connections that live long: no change of the configuration ends one, a reload leaves them to the old worker, and a drain ends
// those that are chosen, in both.
//
//   WebSocket, events, gRPC stream ══▶ nginx, before and after a reload ══▶ origins
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { Drain } from "../../src/wire/edge-state.ts";
import { waitFor } from "../lab/wait-for.ts";
import { acceptWebSocket } from "../lab/websocket.ts";
import { dripBody } from "./dripping.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin } from "./gateway-origins.ts";
import { type GrpcOrigin, grpcOrigin } from "./grpc-peers.ts";
import { assertAlive, liveCall, liveEvents, liveWebSocket } from "./live-connections.ts";

describe("connections that live long", () => {
  let origin: Origin;
  let grpc: GrpcOrigin;
  let gateway: Gateway;
  let pem = "";
  let objects: Readonly<Record<string, string>> = {};
  const events: ((text: string) => void)[] = [];

  before(async () => {
    origin = await httpOrigin((asked, response) => {
      if (asked.url === "/quick") return void response.end("quick");
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: begun\n\n");
      events.push((text) => void response.write(`data: ${text}\n\n`));
    }, acceptWebSocket);
    grpc = await grpcOrigin();
    const pair = await selfSigned(["calls.test"]);
    pem = pair.certificatePem;
    objects = {
      ...service("app", targetsAt(origin.port), { timeouts: { connectMs: 1000, sendMs: 60_000, readMs: 60_000 } }),
      ...service("calls", targetsAt(grpc.port), {
        protocol: "grpc",
        timeouts: { connectMs: 1000, sendMs: 60_000, readMs: 60_000 },
      }),
      ...route("sockets"),
      ...route("events", { maxBodyBytes: 2 ** 30 }),
      ...route("calls", { service: "calls" }),
      "certificate/test": JSON.stringify({ names: ["calls.test"], ...pair }),
    };
    gateway = await startGateway({ nginx: { maxBodyBytes: 2 ** 30 }, objects });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
    grpc.close();
  });

  const socket = (host: string) => liveWebSocket(gateway.httpPort, host);
  const stream = (host: string) => liveEvents(gateway.httpPort, host, () => events.at(-1)!);
  const call = () => liveCall(gateway.httpsPort, "calls.test", pem);
  const all = async () => [await socket("sockets"), await stream("events"), await call()];
  const drain = async (...drains: readonly Drain[]) => {
    const reply = await request({
      socketPath: gateway.socketPath,
      method: "POST",
      path: "/drains",
      body: JSON.stringify({ drains }),
    });
    assert.equal(reply.status, 200, reply.body);
  };
  const statusOf = async (host: string) =>
    (
      await request({
        url: `http://127.0.0.1:${gateway.httpPort}`,
        path: "/quick",
        headers: { host: `${host}.test` },
      })
    ).status;
  const reload = async () => {
    const old = (await gateway.state()).workers.map(({ pid }) => pid);
    gateway.reload();
    await waitFor(async () => (await gateway.state()).workers.every(({ pid }) => !old.includes(pid)), {
      what: "new workers",
    });
    return old;
  };
  const never = Date.now() + 3_600_000;

  test("outlive every change of routes, services, policies, targets and certificates", async () => {
    const live = await all();
    const renewed = await selfSigned(["calls.test"]);
    const changes: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
      "another timeout": service("app", targetsAt(origin.port), { retries: 0 }),
      "other targets": service("app", [{ name: "other", address: "127.0.0.1", port: 1 }]),
      "no targets": { ...service("app", []), ...service("calls", [], { protocol: "grpc" }) },
      "another protocol": service("calls", targetsAt(grpc.port)),
      "a policy that refuses everyone": route("sockets", {}, [
        { plugin: "ipDeny", config: { prefixes: ["127.0.0.0/8"] } },
      ]),
      "the routes' end": { "route/sockets": undefined, "route/events": undefined, "route/calls": undefined },
      "another certificate": { "certificate/test": JSON.stringify({ names: ["calls.test"], ...renewed }) },
    };
    for (const [when, change] of Object.entries(changes)) {
      const next = Object.fromEntries(
        Object.entries({ ...objects, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      assert.equal((await gateway.push(next)).status, 200, when);
      await assertAlive(live, when);
    }
    await gateway.push(objects);
    for (const one of live) one.end();
  });

  test("live on in the old workers after a reload, which say how many are left, until the last has ended", async () => {
    const live = await all();
    const old = await reload();
    await assertAlive(live, "a reload");
    assert.equal((await gateway.push({ ...objects, ...service("app", []) })).status, 200);
    await assertAlive(live, "a reload and a change");
    await gateway.push(objects);
    const left = async () => Object.values((await gateway.state()).leaving ?? {}); // an empty list of Lua is an object
    await waitFor(async () => (await left()).reduce((sum, { requests }) => sum + requests, 0) === 3, {
      what: "three to be told of",
    });
    for (const { pid } of await left()) assert.ok(old.includes(pid));
    for (const one of live) one.end();
    await waitFor(() => old.every((pid) => !existsSync(`/proc/${pid}`)), { what: "the old workers to end" });
  });

  test("a route that is drained takes no new requests, keeps those it has until the time is over, and tells how many", async () => {
    const [chosen, other] = [await socket("sockets"), await stream("events")];
    await drain({ kind: "route", name: "sockets", endMs: never });
    const areRefused = async () => {
      const found = await Promise.all(Array.from({ length: 12 }, () => statusOf("sockets")));
      return found.every((status) => status === 503);
    };
    await waitFor(areRefused, { what: "new ones to be refused" });
    assert.equal(await statusOf("events"), 200);
    await assertAlive([chosen, other], "the drain's begin");
    await gateway.push({ ...objects, ...service("app", targetsAt(origin.port), { retries: 0 }) });
    assert.equal(await statusOf("sockets"), 503, "also after a change");
    const left = async () => (await gateway.state()).drains?.[0];
    await waitFor(async () => (await left())?.requests === 1, { what: "one to be left" });
    assert.equal((await left())?.webSockets, 1);
    await drain({ kind: "route", name: "sockets", endMs: Date.now() });
    await waitFor(() => chosen.isOver(), { what: "it to be ended" });
    await assertAlive([other], "the drain of another");
    await waitFor(async () => (await gateway.state()).drains?.[0]?.requests === 0, { what: "none to be left" });
    await drain();
    await waitFor(async () => (await statusOf("sockets")) === 200, { what: "it to be served again" });
    await gateway.push(objects);
    other.end();
  });

  test("a service that is drained ends those of all its routes, in old workers too; a host those on its targets", async () => {
    const live = [await socket("sockets"), await stream("events"), await call()] as const;
    const old = await reload();
    await drain({ kind: "service", name: "app", endMs: never }, { kind: "host", name: "t1", endMs: never });
    const isTold = async () => {
      const kinds = { requests: 3, webSockets: 1, eventStreams: 1, grpcCalls: 1, inOldWorkers: 3 };
      const told = Object.values((await gateway.state()).drains ?? {}); // an empty list of Lua is an object
      assert.deepEqual(told, [
        { kind: "service", name: "app", endMs: never, ...kinds, requests: 2, grpcCalls: 0, inOldWorkers: 2 },
        { kind: "host", name: "t1", endMs: never, ...kinds },
      ]);
      return true;
    };
    await waitFor(isTold, { what: "what is left, by kind" });
    await drain({ kind: "service", name: "app", endMs: Date.now() });
    await waitFor(() => live[0].isOver() && live[1].isOver(), { what: "both to be ended" });
    await assertAlive([live[2]], "another service's drain");
    await drain({ kind: "host", name: "t1", endMs: Date.now() });
    await waitFor(() => live[2].isOver(), { what: "the host's to be ended" });
    await waitFor(() => old.every((pid) => !existsSync(`/proc/${pid}`)), { what: "the old workers to end" });
    await drain();
    live[2].end();
  });

  test("a request whose body is still coming is ended too when the time is over", async () => {
    const slow = dripBody(gateway.httpPort, "events.test", "Expect: 100-continue\r\n");
    try {
      const asked = "HTTP/1.1 100 Continue\r\n\r\n";
      await waitFor(() => slow.answer() === asked, { what: "the gateway to want the body" });
      const left = async () => (await gateway.state()).drains?.[0]?.requests;
      await drain({ kind: "route", name: "events", endMs: never });
      await waitFor(async () => (await left()) === 1, { what: "it to be told" });
      await drain({ kind: "route", name: "events", endMs: Date.now() });
      await waitFor(() => slow.isClosed(), { what: "it to be ended" });
      assert.equal(slow.answer(), asked);
      await waitFor(async () => (await left()) === 0, { what: "nothing to be left" });
    } finally {
      slow.end();
      await drain();
    }
  });

  test("a service of a split is drained alone: its share is refused, and the others' goes on", async () => {
    const split = {
      services: [
        { name: "app", weight: 1 },
        { name: "spare", weight: 1 },
      ],
    };
    const divided = { ...JSON.parse(route("divided")["route/divided"]!), split, service: undefined };
    const parted = {
      ...objects,
      ...service("spare", targetsAt(origin.port)),
      "route/divided": JSON.stringify(divided),
    };
    await gateway.push(parted);
    const found = async () => {
      const statuses = await Promise.all(Array.from({ length: 12 }, () => statusOf("divided")));
      return [...new Set(statuses)].sort();
    };
    assert.deepEqual(await found(), [200]);
    await drain({ kind: "service", name: "spare", endMs: never });
    await waitFor(async () => (await found()).length === 2, { what: "one share to be refused" });
    await gateway.push({ ...parted, "why/settings": '{"samplePercent":100}' });
    await waitFor(async () => (await found()).length === 2, { what: "it to be refused where steps are timed too" });
    await drain();
    await waitFor(async () => (await found()).length === 1, { what: "it to be served again" });
    await gateway.push(objects);
  });

  test("what is no list of drains is refused, and changes nothing", async () => {
    for (const body of ["", "{}", '{"drains":1}', '{"drains":[{"kind":"route"}]}', "[]"]) {
      const reply = await request({ socketPath: gateway.socketPath, method: "POST", path: "/drains", body });
      assert.equal(reply.status, 422, body);
    }
    assert.equal(await statusOf("sockets"), 200);
  });
});
