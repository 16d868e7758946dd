// A service that fails or has too much to do: what its breaker refuses, over both workers, and when it lets go.
//
//   client ──http──▶ nginx (2 workers) ──▶ an origin that does as it is told
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { BreakerConfig } from "../../src/wire/edge-service.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const times = { windowMs: 10_000, leastRequests: 10, cooldownMs: 600, probes: 2 };

describe("a breaker", () => {
  let origin: Origin;
  let babbling: Origin;
  let gateway: Gateway;
  let status = 200;

  before(async () => {
    origin = await httpOrigin((incoming, response) => {
      if (incoming.url === "/hold") response.socket?.on("error", () => {});
      else if (incoming.url === "/begin") response.writeHead(200).write("begun");
      else response.writeHead(status).end();
    });
    const app = (name: string, breaker: Partial<BreakerConfig>) => ({
      ...service(name, targetsAt(origin.port), {
        breaker: { ...times, ...breaker },
        ejection: { errors: 1000, cooldownMs: 1000 },
        timeouts: { connectMs: 1000, sendMs: 20_000, readMs: 20_000 },
      }),
      ...route(name, { service: name }),
    });
    babbling = await rawOrigin((socket) => socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
    const failing = (name: string, ports: readonly number[]) => ({
      ...service(name, targetsAt(...ports), {
        breaker: { ...times, errors: 3, cooldownMs: 60_000 },
        ejection: { errors: 1000, cooldownMs: 1000 },
        retryBudget: { percent: 1, least: 0 },
      }),
      ...route(name, { service: name }),
    });
    gateway = await startGateway({
      objects: {
        ...failing("babbling", [babbling.port]),
        ...failing("dead", [await freePort(), await freePort()]),
        ...app("rows", { errors: 5 }),
        ...app("share", { sharePercent: 50 }),
        ...app("full", { active: 4 }),
        ...app("waiting", { pending: 2 }),
        ...app("killed", { active: 6 }),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
    babbling.close();
  });

  const ask = (name: string) =>
    request({ url: `http://127.0.0.1:${gateway.httpPort}`, path: "/", headers: { host: `${name}.test` } });
  const askTimes = (name: string, count: number) => Promise.all(Array.from({ length: count }, () => ask(name)));
  const report = async (name: string) => (await gateway.state()).breakers?.find((one) => one.service === name);
  const isIn = (name: string, state: string) => async () => (await report(name))?.state === state;
  const open = async (name: string, path: string): Promise<Socket> => {
    const socket = connect(gateway.httpPort, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`);
    return socket;
  };

  test("opens after failures in a row, refuses in every worker, closes after probes; each change is told once", async () => {
    status = 500;
    await waitFor(
      async () => {
        await ask("rows");
        return isIn("rows", "open")();
      },
      { what: "it to open" },
    );
    await waitFor(async () => (await askTimes("rows", 20)).every((reply) => reply.status === 503), {
      what: "both workers to refuse",
    });
    status = 200;
    await waitFor(isIn("rows", "halfOpen"), { what: "its cooldown to end" });
    await waitFor(
      async () => {
        await ask("rows");
        return isIn("rows", "closed")();
      },
      { what: "it to close" },
    );
    await waitFor(async () => (await askTimes("rows", 20)).every((reply) => reply.status === 200), {
      what: "both workers to let all through",
    });
    const turns = Object.values((await gateway.state()).transitions ?? {}).filter((one) => one.service === "rows");
    const states = turns.map(({ state, reason }) => `${state} ${reason}`);
    assert.equal(states[0], "open errors");
    assert.deepEqual(states.slice(-2), ["halfOpen cooldown", "closed probes"]);
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        return (
          counters["portway_breaker_transitions_total|service=rows,state=closed"] === 1 &&
          (counters["portway_rejections_total|plugin=breaker,reason=open"] ?? 0) >= 20
        );
      },
      { what: "the counters" },
    );
  });

  for (const [name, what] of [
    ["babbling", "what is no answer"],
    ["dead", "a failure that may not be tried again"],
  ] as const) {
    test(`hears of ${what}, which counts as the service's`, async () => {
      for (let i = 0; i < 3; i++) assert.equal((await ask(name)).status, 502);
      await waitFor(isIn(name, "open"), { what: "it to open" });
      const failed = `portway_upstream_requests_total|service=${name},status_class=5xx`;
      await waitFor(async () => (await gateway.counters()).counters[failed] === 3, { what: "three to be counted" });
    });
  }

  test("a probe that fails opens it again; a refusal says when to come back, and why", async () => {
    status = 500;
    await askTimes("share", 12);
    let refused = await ask("share");
    await waitFor(
      async () => {
        refused = await ask("share"); // a worker that has not heard of it yet asks the origin
        return refused.status === 503;
      },
      { what: "a refusal" },
    );
    assert.equal(refused.headers["retry-after"], "1");
    assert.equal(refused.headers["proxy-status"], 'portway; error=destination_unavailable; details="open"');
    assert.equal(JSON.parse(refused.body).status, 503);
    await waitFor(isIn("share", "halfOpen"), { what: "its cooldown to end" });
    const before = origin.count();
    assert.equal((await ask("share")).status, 500);
    assert.equal(origin.count(), before + 1);
    await waitFor(async () => (await report("share"))?.reason === "probe", { what: "the probe to open it" });
  });

  test("never more requests at a time than it may have, over both workers", async () => {
    status = 200;
    const before = origin.count();
    const held = await Promise.all(Array.from({ length: 20 }, () => open("full", "/hold")));
    await waitFor(async () => (await report("full"))?.active === 4 && origin.count() === before + 4, {
      what: "four to be let through",
    });
    assert.equal((await ask("full")).status, 503);
    assert.equal(origin.count(), before + 4);
    for (const socket of held) socket.destroy();
    await waitFor(async () => (await report("full"))?.active === 0, { what: "their places to be free" });
    assert.equal((await ask("full")).status, 200);
  });

  test("an answer that has begun waits no more", async () => {
    const begun = await Promise.all([open("waiting", "/begin"), open("waiting", "/begin")]);
    await Promise.all(begun.map((socket) => once(socket, "data")));
    assert.equal((await report("waiting"))?.pending, 0);
    const held = [await open("waiting", "/hold"), await open("waiting", "/hold")];
    await waitFor(async () => (await report("waiting"))?.pending === 2, { what: "two to wait" });
    const refused = await ask("waiting");
    assert.equal(refused.headers["proxy-status"], 'portway; error=connection_limit_reached; details="pending"');
    for (const socket of [...begun, ...held]) socket.destroy();
    await waitFor(async () => (await report("waiting"))?.pending === 0, { what: "their places to be free" });
  });

  test("what a killed worker had in hand is given back", async () => {
    status = 200;
    const { workers } = await gateway.state();
    const held = await Promise.all(Array.from({ length: 12 }, () => open("killed", "/hold")));
    await waitFor(async () => (await report("killed"))?.active === 6, { what: "all places to be taken" });
    for (const { pid } of workers) process.kill(pid, "SIGKILL");
    await waitFor(async () => (await report("killed").catch(() => undefined))?.active === 0, {
      what: "the places of dead workers to be free",
    });
    await waitFor(async () => (await ask("killed")).status === 200, { what: "a request to be let through" });
    for (const socket of held) socket.destroy();
  });
});
