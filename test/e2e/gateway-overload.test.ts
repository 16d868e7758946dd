// More than can be answered in time: the edge refuses some, so that others are answered, and none once it is over.
//
//   clients ──▶ nginx (1 worker) ──▶ origin that answers one request at a time
//                                ──▶ origin that answers none
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, test } from "node:test";
import { type Reply, request } from "../../src/lib/http.ts";
import { graveLine } from "../hostile/faults.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

/** 64 are for idle connections to targets; three quarters of the others are for requests, and each takes two. */
const connections = 128;
const mostRequests = 24;

describe("under overload, the edge", () => {
  let queue: Origin;
  let silent: Origin;
  let gateway: Gateway;
  const agent = new Agent({ keepAlive: true });

  before(async () => {
    let free = Promise.resolve();
    queue = await httpOrigin((_, response) => {
      free = free.then(() => new Promise((resolve) => setTimeout(resolve, 5)));
      void free.then(() => response.end("done"));
    });
    silent = await rawOrigin(() => {});
    gateway = await startGateway({
      workers: 1,
      nginx: { tuning: { workers: 1, connections } },
      objects: {
        ...service("queue", targetsAt(queue.port), { overload: { latencyMs: 20, least: 2 } }),
        ...service("silent", targetsAt(silent.port), { timeouts: { connectMs: 9_000, sendMs: 9_000, readMs: 9_000 } }),
        ...route("queue", { service: "queue" }),
        ...route("silent", { service: "silent" }),
      },
    });
  });
  after(async () => {
    agent.destroy();
    const grave = graveLine(gateway.errorLog());
    await gateway.stop();
    queue.close();
    silent.close();
    assert.equal(grave, undefined);
  });

  const ask = (host: string, signal?: AbortSignal): Promise<Reply> =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host },
      agent,
      ...(signal && { signal }),
    });
  const rejections = async (reason: string) =>
    (await gateway.counters()).counters[`portway_rejections_total|plugin=overload,reason=${reason}`] ?? 0;

  function assertShed(reply: Reply): void {
    assert.equal(reply.status, 503);
    assert.equal(reply.headers["retry-after"], "1");
    assert.equal(reply.headers["content-type"], "application/problem+json");
  }

  test("refuses what a service cannot answer in time, and nothing once that is over", async () => {
    const replies: Reply[] = [];
    const client = async () => {
      for (let i = 0; i < 60 && !replies.some(({ status }) => status === 503); i++)
        replies.push(await ask("queue.test"));
    };
    await Promise.all(Array.from({ length: 20 }, client));
    assertShed(replies.find(({ status }) => status === 503)!);
    assert.ok(replies.some(({ status }) => status === 200));
    await waitFor(async () => (await rejections("latency")) > 0, { what: "refusals to be counted" });
    const isCalm = async () => {
      const batch = await Promise.all(Array.from({ length: 3 }, () => ask("queue.test")));
      return batch.every(({ status }) => status === 200);
    };
    await waitFor(isCalm, { what: "an end of the overload" });
  });

  test("lets as many requests in as it has connections for, and says so to the rest", async () => {
    const controller = new AbortController();
    const held = Array.from({ length: mostRequests }, () =>
      ask("silent.test", controller.signal).catch(() => undefined),
    );
    await waitFor(() => silent.count() === mostRequests, { what: "requests to wait" });
    assertShed(await ask("silent.test"));
    assertShed(await ask("queue.test"));
    await waitFor(async () => (await rejections("connections")) === 2, { what: "refusals to be counted" });
    controller.abort();
    await Promise.all(held);
    await waitFor(async () => (await ask("queue.test")).status === 200, { what: "room" });
  });
});
