// Targets that fail: what the client gets, which target is left out, and what is tried again.
//
//   client ──http──▶ nginx (2 workers) ─┬─▶ good origin
//                                       └─▶ one that resets, hangs, talks nonsense, or is not there
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, exchange, httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const okay = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const timeouts = { connectMs: 300, sendMs: 300, readMs: 300 };

describe("a target that fails", () => {
  const origins: Record<string, Origin> = {};
  let gateway: Gateway;
  let absentPort: number;

  /** Connections to a target that have ended, by its name. */
  const endedBy: Record<string, Socket[]> = { garbage: [], interim: [], unasked: [] };
  const noteEnd = (name: string, socket: Socket) => socket.once("close", () => endedBy[name]!.push(socket));

  /** A service of one target, or of a good one beside it, and a route for it, both called `name`. */
  function app(name: string, ports: readonly number[], changes: Partial<ServiceObject> = {}) {
    return { ...service(name, targetsAt(...ports), { timeouts, ...changes }), ...route(name, { service: name }) };
  }

  before(async () => {
    origins["good"] = await describingOrigin("good");
    origins["reset"] = await rawOrigin((socket) => socket.resetAndDestroy());
    origins["hang"] = await rawOrigin(() => {});
    origins["garbage"] = await rawOrigin((socket) => noteEnd("garbage", socket).end("SSH-2.0-OpenSSH_9.2\r\n"));
    origins["half"] = await rawOrigin((socket) => socket.end("HTTP/1.1 200 OK\r\nConte"));
    origins["bad-header"] = await rawOrigin((socket) => socket.end("HTTP/1.1 200 OK\r\nA\0b: c\r\n\r\n"));
    origins["interim"] = await rawOrigin((socket) => {
      noteEnd("interim", socket).write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
      socket.once("data", () => socket.write(okay)); // the next request, if there is one
      setTimeout(() => socket.write(okay), 100);
    });
    origins["unasked"] = await rawOrigin((socket) => {
      noteEnd("unasked", socket).write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nraw");
    });
    origins["error"] = await httpOrigin((_request, response) => response.writeHead(500).end("mine"));
    absentPort = await freePort();
    const port = (name: string) => origins[name]!.port;
    const objects = Object.keys(origins).flatMap((name) => [
      app(name, [port(name)]),
      app(`${name}-and-good`, [port(name), port("good")]),
    ]);
    gateway = await startGateway({
      objects: Object.assign(
        {},
        ...objects,
        app("absent", [absentPort]),
        app("absent-and-good", [absentPort, port("good")]),
        app("posted", [port("reset"), port("good")], { ejection: { errors: 100, cooldownMs: 60_000 } }),
        app("no-retries", [port("reset"), port("good")], { retries: 0 }),
        app("ejected", [port("reset"), port("good")], { retries: 0, ejection: { errors: 2, cooldownMs: 60_000 } }),
        app("cooling", [port("reset"), port("good")], { retries: 0, ejection: { errors: 1, cooldownMs: 1000 } }),
        app("all-out", [port("reset"), absentPort], { retries: 0, ejection: { errors: 1, cooldownMs: 60_000 } }),
      ),
    });
  });
  after(async () => {
    await gateway.stop();
    for (const origin of Object.values(origins)) origin.close();
  });

  const ask = (name: string, method = "GET", body?: string, headers: Readonly<Record<string, string>> = {}) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      method,
      headers: { host: `${name}.test`, ...headers },
      ...(body !== undefined && { body }),
    });
  /** Statuses of several requests after each other. */
  const askTimes = async (name: string, times: number) => {
    const found: number[] = [];
    for (let i = 0; i < times; i++) found.push((await ask(name)).status);
    return found;
  };
  /** Names of the targets of a service that are left out; Lua writes an empty list as an object. */
  const ejected = async (name: string) => {
    const { ejected: all } = await gateway.state();
    return Object.values(all).flatMap((one) => (one.service === name ? [one.target] : []));
  };

  const expected: Readonly<Record<string, number>> = {
    reset: 502,
    absent: 502,
    hang: 504,
    half: 502,
    "bad-header": 502,
    error: 500,
  };
  for (const [name, status] of Object.entries(expected)) {
    test(`alone, ${name}: ${status}, a problem document unless the target spoke itself`, async () => {
      const reply = await ask(name);
      assert.equal(reply.status, status);
      if (name === "error") assert.equal(reply.body, "mine");
      else assert.equal(JSON.parse(reply.body).status, status);
    });
  }

  test("an error has the form that the client prefers, its request's id, and nothing of the target", async () => {
    for (const [accept, type, body] of [
      ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", /<h1>502 Bad Gateway<\/h1>/],
      ["text/plain", "text/plain; charset=utf-8", /^502 Bad Gateway\nrequest /],
      ["application/json, text/html;q=0.9", "application/problem+json", /^\{"type":"about:blank"/],
      ["text/html".repeat(200), "application/problem+json", /^\{"type":"about:blank"/],
    ] as const) {
      const reply = await ask("absent", "GET", undefined, { accept });
      assert.equal(reply.headers["content-type"], type);
      assert.match(reply.body, body);
      assert.ok(reply.body.includes(String(reply.headers["x-request-id"])));
      assert.ok(!reply.body.includes("127.0.0.1") && !reply.body.includes(String(absentPort)));
    }
  });

  for (const name of ["garbage", "interim", "unasked"]) {
    for (const method of ["GET", "HEAD"]) {
      test(`${method}, ${name} instead of an answer: 502, and both connections are closed`, async () => {
        const ended = endedBy[name]!.length;
        const bytes = await exchange(gateway.httpPort, `${method} / HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`, 5000);
        const [head = "", body = ""] = bytes.split("\r\n\r\n");
        assert.match(head, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
        assert.match(head, /\r\nConnection: close(\r\n|$)/);
        assert.equal(method === "HEAD" ? body : JSON.parse(body).status, method === "HEAD" ? "" : 502);
        await waitFor(() => endedBy[name]!.length > ended, { what: "the target's connection to end" });
      });
    }
  }

  test("what follows an interim response is no other request's answer", async () => {
    for (let i = 0; i < 8; i++) {
      assert.equal((await ask("interim", "HEAD")).status, 502);
      assert.equal((await ask("interim")).status, 502);
    }
  });

  for (const name of ["reset", "hang", "half", "bad-header", "absent"]) {
    test(`${name}: a GET is answered by another target`, async () => {
      assert.deepEqual(await askTimes(`${name}-and-good`, 4), [200, 200, 200, 200]);
    });
  }

  test("a POST that was sent is not sent again", async () => {
    const before = origins["good"]!.count();
    const found = await Promise.all(Array.from({ length: 12 }, () => ask("posted", "POST", "x")));
    const passed = found.filter(({ status }) => status === 200).length;
    assert.ok(passed < 12);
    assert.equal(origins["good"]!.count(), before + passed);
  });

  test("a POST that never reached a target goes to another", async () => {
    const found = await Promise.all(Array.from({ length: 6 }, () => ask("absent-and-good", "POST", "x")));
    assert.deepEqual(
      found.map(({ status }) => status),
      [200, 200, 200, 200, 200, 200],
    );
  });

  test("retries: 0 tries one target", async () => {
    const found = await askTimes("no-retries", 4);
    assert.ok(found.includes(502) && found.includes(200));
  });

  test("errors in a row leave it out, in every worker", async () => {
    await waitFor(
      async () => {
        await askTimes("ejected", 2);
        return (await ejected("ejected")).includes("t1");
      },
      { what: "t1 to be left out" },
    );
    // any worker may get a connection; all know within a tick
    await waitFor(
      async () => {
        const before = origins["reset"]!.count();
        const found = await askTimes("ejected", 20);
        return origins["reset"]!.count() === before && found.every((status) => status === 200);
      },
      { what: "every worker to leave it out" },
    );
  });

  test("it takes part again after its pause, and one more error leaves it out again", async () => {
    await waitFor(async () => (await askTimes("cooling", 2)).includes(502), { what: "a first error" });
    await waitFor(async () => (await ejected("cooling")).length === 1, { what: "t1 to be left out" });
    await waitFor(async () => (await ejected("cooling")).length === 0, { what: "its pause to end" });
    await waitFor(async () => (await askTimes("cooling", 2)).includes(502), { what: "it to be tried again" });
  });

  test("with all of them out, all are tried", async () => {
    assert.deepEqual(await askTimes("all-out", 6), [502, 502, 502, 502, 502, 502]);
    await waitFor(async () => (await ejected("all-out")).length === 2, { what: "both to be left out" });
    assert.deepEqual(await askTimes("all-out", 2), [502, 502]);
  });

  test("is counted by service, target and kind", async () => {
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        const has = (series: string) => (counters[series] ?? 0) > 0;
        return (
          has("portway_upstream_errors_total|service=reset,target=t1,kind=failed") &&
          has("portway_upstream_errors_total|service=hang,target=t1,kind=timeout") &&
          has("portway_upstream_errors_total|service=garbage,target=t1,kind=notResponse") &&
          has("portway_upstream_errors_total|service=reset-and-good,target=t1,kind=failed") &&
          has("portway_upstream_errors_total|service=hang-and-good,target=t1,kind=timeout") &&
          has("portway_retries_total|service=reset-and-good") &&
          has("portway_requests_total|route=garbage,status_class=5xx") &&
          has("portway_requests_total|route=reset-and-good,status_class=2xx")
        );
      },
      { what: "the counters to hold all of it" },
    );
  });

  test("an origin's own error is its answer, and no failure", async () => {
    const found = await askTimes("error-and-good", 10);
    assert.ok(found.includes(500) && found.includes(200));
    assert.deepEqual(await ejected("error-and-good"), []);
    assert.deepEqual(await ejected("error"), []);
  });
});
