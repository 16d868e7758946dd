// Limits in time, each by its service and by a route: what the client gets, and that others are not touched.
//
//   client ──http──▶ nginx ──▶ a target that takes no connection, takes no body, says nothing, or never stops
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ConnectionFailed, request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { RouteObject } from "../../src/wire/edge.ts";
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import { type LabProcess, startProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { dripBody, dripStream, http2Session } from "./dripping.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const overHttp2 = ["own-response.test", "own-total.test", "own-connect.test"] as const;
const long = { connectMs: 60_000, sendMs: 60_000, readMs: 60_000 };

describe("a request is ended by", () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-timeouts-"));
  const waiting: ReturnType<typeof connect>[] = [];
  let silent: Origin;
  let endless: Origin;
  let full: LabProcess;
  let gateway: Gateway;

  /** A listener that is stopped, with as many connections waiting as it has room for: the next one is not even refused. */
  async function fullListener(): Promise<number> {
    const code =
      "const s=require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))";
    full = startProcess("full", [process.execPath, "-e", code], join(folder, "full.log"), process.env);
    await waitFor(() => /^\d+\n/.test(full.logText()), { what: "the listener" });
    full.kill("SIGSTOP");
    const port = Number(full.logText());
    for (let i = 0; i < 4; i++) waiting.push(connect(port, "127.0.0.1").on("error", () => {}));
    await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, "connect")));
    return port;
  }

  before(async () => {
    silent = await rawOrigin((socket) => socket.pause());
    endless = await httpOrigin((_request, response) => {
      response.write(".");
      const timer = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(timer));
    });
    const absent = await fullListener();
    const to = (port: number, timeouts: ServiceObject["timeouts"]) => ({ targets: targetsAt(port), timeouts });
    const services: Readonly<Record<string, Partial<ServiceObject>>> = {
      full: to(absent, long),
      "full-short": to(absent, { ...long, connectMs: 300 }),
      silent: to(silent.port, long),
      "silent-send": to(silent.port, { ...long, sendMs: 300 }),
      "silent-read": to(silent.port, { ...long, readMs: 300 }),
      "silent-response": to(silent.port, { ...long, responseMs: 300 }),
      "silent-total": to(silent.port, { ...long, totalMs: 300 }),
      "both-silent": {
        targets: targetsAt(silent.port, silent.port),
        timeouts: { ...long, readMs: 400, responseMs: 600 },
      },
      endless: to(endless.port, { ...long, readMs: 600 }),
      "endless-total": to(endless.port, { ...long, totalMs: 300 }),
    };
    const routes: Readonly<Record<string, Partial<RouteObject>>> = {
      "own-connect": { service: "full", timeouts: { connectMs: 300 } },
      "own-send": { service: "silent", timeouts: { sendMs: 300 } },
      "own-read": { service: "silent", timeouts: { readMs: 300 } },
      "own-response": { service: "silent", timeouts: { responseMs: 300 } },
      "own-total": { service: "endless", timeouts: { totalMs: 300 } },
      "own-longer": { service: "endless-total", timeouts: { totalMs: 60_000 } },
      "streamed-total": {
        service: "endless",
        timeouts: { totalMs: 300 },
        buffering: { request: false, response: false },
      },
    };
    gateway = await startGateway({
      nginx: { maxBodyBytes: 2 ** 30 },
      objects: Object.assign(
        { "certificate/a": JSON.stringify({ names: overHttp2, ...(await selfSigned(overHttp2)) }) },
        ...Object.entries(services).map(([name, { targets, ...rest }]) => ({
          ...service(name, targets!, rest),
          ...route(name, { service: name, maxBodyBytes: 2 ** 30 }),
        })),
        ...Object.entries(routes).map(([name, changes]) => route(name, { maxBodyBytes: 2 ** 30, ...changes })),
      ),
    });
  });
  after(async () => {
    await gateway.stop();
    for (const socket of waiting) socket.destroy();
    full.kill("SIGCONT");
    await full.stop();
    silent.close();
    endless.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (name: string, method = "GET", body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      method,
      headers: { host: `${name}.test` },
      ...(body !== undefined && { body }),
    });
  const rows: readonly (readonly [what: string, names: readonly string[], body?: string])[] = [
    ["connect", ["full-short", "own-connect"]],
    ["send", ["silent-send", "own-send"], "x".repeat(32 * 1024 * 1024)],
    ["read", ["silent-read", "own-read"]],
    ["response", ["silent-response", "own-response"]],
    ["total", ["silent-total"]],
  ];
  for (const name of ["own-response", "own-total"]) {
    test(`${name.slice(4)}, while its body is still coming: it is cut without an answer`, async () => {
      const slow = dripBody(gateway.httpPort, `${name}.test`);
      try {
        await waitFor(() => slow.isClosed(), { what: "it to be cut" });
        assert.equal(slow.answer(), "");
      } finally {
        slow.end();
      }
    });
  }

  test("response and total, while its body is still coming over HTTP/2: its stream alone is reset", {
    timeout: 60_000,
  }, async () => {
    const session = http2Session(gateway.httpsPort, overHttp2[0]);
    try {
      const [response, total, other] = overHttp2.map((host) =>
        dripStream(session, host, "/", "x".repeat(100), host === overHttp2[2] ? 10 : Number.POSITIVE_INFINITY),
      );
      assert.match((await response)!, /^reset [1-9]/);
      assert.match((await total)!, /^reset [1-9]/);
      assert.equal(await other, "status 504", "its body is whole, and its target takes no connection");
    } finally {
      session.destroy();
    }
  });

  for (const [what, names, body] of rows) {
    for (const name of names) {
      test(`${what}, of ${name.startsWith("own") ? "the route" : "the service"}: 504`, async () => {
        const reply = await (body === undefined ? ask(name) : ask(name, "POST", body));
        assert.equal(reply.status, 504);
        assert.equal(JSON.parse(reply.body).title, "Gateway Timeout");
      });
    }
  }

  test("response over all tries: 504 after the second, which began with less time left than `read`", async () => {
    const before = silent.count();
    assert.equal((await ask("both-silent")).status, 504);
    assert.equal(silent.count(), before + 2);
  });

  for (const name of ["endless-total", "own-total", "streamed-total"]) {
    test(`total, within the answer (${name}): it is broken off, without its end`, async () => {
      await assert.rejects(ask(name), ConnectionFailed);
      const bytes = await exchange(gateway.httpPort, `GET / HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`, 5000);
      assert.match(bytes, /^HTTP\/1\.1 200 OK\r\n/);
      assert.ok(!bytes.includes("\r\n0\r\n\r\n"));
    });
  }

  test("none of them while bytes move: `read` is for silence, and a route may have a longer `total`", async () => {
    for (const name of ["endless", "own-longer"]) {
      const socket = connect(gateway.httpPort, "127.0.0.1", () =>
        socket.write(`GET / HTTP/1.1\r\nHost: ${name}.test\r\n\r\n`),
      );
      let dots = 0;
      for await (const chunk of socket) {
        dots += String(chunk).split(".\r\n").length - 1;
        if (dots > 60) break; // twice the limit
      }
      assert.ok(dots > 60, name);
    }
  });

  test("a limit in time is counted as the target's", async () => {
    await waitFor(
      async () => {
        const { counters } = await gateway.counters();
        return ["full-short", "silent-send", "silent-read", "silent-response"].every(
          (name) =>
            counters[`portway_requests_total|route=${name},status_class=5xx`] === 1 &&
            (counters[`portway_upstream_errors_total|service=${name},target=t1,kind=timeout`] ?? 0) > 0,
        );
      },
      { what: "the counters" },
    );
  });
});
