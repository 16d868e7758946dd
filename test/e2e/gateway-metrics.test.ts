// What nginx counts of requests, and what it tells of it to the edge process.
//
//   client ──http──▶ nginx (2 workers) ──▶ an origin that answers when and what it is told
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request as startRequest } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { countedAfter, countersPath } from "../../src/edge/gateway-counters.ts";
import { quantileOf } from "../../src/edge/quantiles.ts";
import { request } from "../../src/lib/http.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, httpOrigin, type Origin } from "./gateway-origins.ts";

const header: PluginObject = { plugin: "requestHeaders", config: { set: [["X-Edge", "1"]], add: [], remove: [] } };

/** A body of unknown length, the end of which comes late; the route's limit makes the gateway wait for it. */
async function postSlowly(port: number, host: string, lateMs: number): Promise<void> {
  const sent = startRequest({ port, method: "POST", path: "/0/0", headers: { host } });
  sent.write("hello");
  setTimeout(() => sent.end(), lateMs);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  assert.equal(answer.statusCode, 200);
}

describe("counters", () => {
  let origin: Origin;
  let gateway: Gateway;

  before(async () => {
    origin = await httpOrigin((incoming, response) => {
      incoming.resume();
      const [, ms = "0", bytes = "0"] = (incoming.url ?? "").split("/");
      setTimeout(() => response.end("x".repeat(Number(bytes))), Number(ms));
    });
    gateway = await startGateway({
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...service("gone", targetsAt(await freePort()), { retries: 0 }),
        ...route("times", {}, [header]),
        ...route("bytes"),
        ...route("own", { maxBodyBytes: 1000 }, [header]),
        ...route("gone", { service: "gone" }),
        "why/settings": JSON.stringify({ samplePercent: 100 }),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  const ask = (name: string, path: string, body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path,
      headers: { host: `${name}.test` },
      ...(body !== undefined && { method: "POST", body }),
    });
  const counted = async (holds: (all: Awaited<ReturnType<Gateway["counters"]>>) => boolean, what: string) => {
    await waitFor(async () => holds(await gateway.counters()), { what });
    return gateway.counters();
  };

  test("tell times by route and by service, apart, right to 5 %", async () => {
    const times = [10, 10, 10, 10, 10, 10, 10, 10, 10, 300];
    await Promise.all(times.map((ms) => ask("times", `/${ms}/0`)));
    const key = "portway_request_duration_seconds|route=times";
    const answered = "portway_upstream_requests_total|service=app,status_class=2xx";
    const { histograms, counters } = await counted(
      ({ histograms, counters }) => histograms[key]?.count === 10 && counters[answered] === 10,
      "ten requests",
    );
    const upstream = histograms["portway_upstream_duration_seconds|service=app"]!;
    for (const histogram of [histograms[key]!, upstream]) {
      const [half, most] = [quantileOf(histogram, 0.5)!, quantileOf(histogram, 0.99)!];
      assert.ok(half >= 9 && most >= 285 && most < 10_000, `${half} ${most}`);
      assert.ok(histogram.sumMs >= 380);
    }
    const timed = counters["portway_plugin_timed_total|plugin=requestHeaders"] ?? 0;
    assert.ok(timed >= 1 && counters["portway_plugin_seconds_total|plugin=requestHeaders"]! > 0);
  });

  test("tell the gateway's own time apart, by route, without what it waits for", async () => {
    const sent = 10;
    for (let i = 0; i < sent; i++) assert.equal((await ask("own", "/300/0")).status, 200);
    await postSlowly(gateway.httpPort, "own.test", 400);
    const key = "portway_own_duration_seconds|route=own";
    const { histograms, counters } = await counted(
      ({ histograms }) => histograms[key]?.count === sent + 1,
      "own times",
    );
    const own = histograms[key]!;
    assert.equal(counters["portway_own_timed_total|route=own"], sent + 1);
    const waitedMs = sent * 300 + 400;
    assert.ok(own.sumMs > 0 && own.sumMs < waitedMs / 2, JSON.stringify(own));
    assert.ok(own.buckets[0]![0] < 1, "it is told in parts of a millisecond");
    assert.ok(counters["portway_worker_cpu_seconds_total|"]! > 0);
  });

  test("tell bytes to clients, and from them where there may be a body, as they went over the wire", async () => {
    let sent = 0;
    const host = "Host: bytes.test\r\nConnection: close\r\n\r\n";
    for (const bytes of [0, 1, 1000, 100_000, 5]) {
      sent += (await exchange(gateway.httpPort, `GET /0/${bytes} HTTP/1.1\r\n${host}`, 2000)).length;
    }
    const post = `POST /0/7 HTTP/1.1\r\nContent-Length: 5\r\n${host}hello`;
    sent += (await exchange(gateway.httpPort, post, 2000)).length;
    const { counters } = await counted(
      ({ counters }) => counters["portway_requests_total|route=bytes,status_class=2xx"] === 6,
      "six requests",
    );
    assert.equal(counters["portway_response_bytes_total|route=bytes"], sent);
    assert.equal(counters["portway_request_bytes_total|route=bytes"], post.length);
  });

  test("tell the time of what nginx answers before the gateway hears of it", async () => {
    const sumMs = async () =>
      (await gateway.counters()).histograms["portway_request_duration_seconds|route=-"]?.sumMs ?? 0;
    const before = await sumMs();
    const grown = async () => {
      const socket = connect(gateway.httpPort, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n"));
      setTimeout(() => socket.end("Host: times.test\r\nHost: times.test\r\n\r\n"), 300);
      socket.resume();
      await once(socket, "close");
      return (await sumMs()) - before >= 250;
    };
    await waitFor(grown, { what: "300 ms, of requests that were refused for two hosts" });
  });

  test("tell of a service that cannot be reached", async () => {
    assert.equal((await ask("gone", "/")).status, 502);
    const { counters } = await counted(
      ({ counters }) => counters["portway_upstream_requests_total|service=gone,status_class=5xx"] === 1,
      "the request",
    );
    assert.equal(counters["portway_upstream_errors_total|service=gone,target=t1,kind=failed"], 1);
    assert.equal(counters["portway_requests_total|route=gone,status_class=5xx"], 1);
  });

  test("tell how long workers were held, and connections", async () => {
    const { histograms } = await counted(
      ({ histograms }) => (histograms["portway_worker_gap_seconds|"]?.count ?? 0) > 40,
      "ticks of a second",
    );
    assert.ok(histograms["portway_worker_gap_seconds|"]!.buckets.length > 0);
    const { connections } = await gateway.state();
    assert.ok(connections!["active"]! >= 1);
  });

  test("tell what has changed alone, and go on over a reload", async () => {
    const all = await gateway.counters();
    await ask("bytes", "/0/1");
    const key = "portway_requests_total|route=bytes,status_class=2xx";
    const before = all.counters[key]!;
    let told = all as Parameters<typeof countedAfter>[0];
    await waitFor(
      async () => {
        const reply = await gateway.ask(countersPath(told));
        assert.doesNotMatch(reply.body, /route=gone/);
        told = countedAfter(told, reply);
        return told.counters[key] === before + 1;
      },
      { what: "the change" },
    );
    gateway.reload();
    const workers = (await gateway.state()).workers.map(({ pid }) => pid);
    await waitFor(async () => (await gateway.state()).workers.every(({ pid }) => !workers.includes(pid)), {
      what: "new workers",
    });
    await ask("bytes", "/0/1");
    await counted(({ counters }) => counters[key] === before + 2, "the count to go on");
  });
});
