// Floods of HTTP/2 frames and clients that are slow on purpose: the connection is ended, the worker keeps its size and its
// life, and others are answered meanwhile. Timeouts are a second here, so that nothing waits for the 15 and 30 of production.
//
//   attacker ──frames──▶ nginx (1 worker) ──▶ origin
//   good client ───────▶                  ──▶ another origin
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import { graveLine } from "../hostile/faults.ts";
import { type Flood, floods } from "../hostile/floods.ts";
import { slowClients } from "../hostile/slow-http2.ts";
import { waitFor } from "../lab/wait-for.ts";
import { dripStream, http2Session } from "./dripping.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const timeouts = /(client_header_timeout|client_body_timeout|send_timeout|keepalive_timeout) \d+s/g;
const mostGrowthBytes = 32 * 1024 ** 2;
const longestMs = 20_000;

/** Resolves when a connection is over, also by an error, as one that nginx resets is. */
const closing = (socket: Socket) => new Promise<void>((resolve) => void socket.once("close", () => resolve()));

describe("under attack, the gateway goes on:", { timeout: 120_000 }, () => {
  let origin: Origin;
  let quiet: Origin;
  let endless: Origin;
  let endlessSocket: Promise<Socket>;
  let gateway: Gateway;
  let workerPid: number;

  before(async () => {
    origin = await describingOrigin("app");
    let give: (socket: Socket) => void = () => {};
    quiet = await describingOrigin("quiet");
    endlessSocket = new Promise((resolve) => {
      give = resolve;
    });
    endless = await rawOrigin((socket) => {
      give(socket);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 28}\r\n\r\n`);
      socket.write(Buffer.alloc(2 ** 26));
    });
    const names = ["a.test"];
    gateway = await startGateway({
      workers: 1,
      nginx: { tuning: { workers: 1, connections: 2048 } },
      edit: (conf) => conf.replace(timeouts, "$1 1s").replace("bodyGraceMs = 30000", "bodyGraceMs = 1000"),
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...service("endless", targetsAt(endless.port)),
        ...service("quiet", targetsAt(quiet.port)),
        ...route("a"),
        ...route("good", { service: "quiet" }),
        ...route("read", { hosts: ["a.test"], paths: [{ kind: "prefix", path: "/read" }], maxBodyBytes: 100_000 }),
        ...route("endless", { hosts: ["a.test"], paths: [{ kind: "prefix", path: "/endless" }], service: "endless" }),
        "certificate/a": JSON.stringify({ names, ...(await selfSigned(names, Date.now())) }),
      },
    });
    workerPid = (await gateway.state()).workers[0]!.pid;
  });
  after(async () => {
    const grave = graveLine(gateway.errorLog());
    const { workers } = await gateway.state();
    await gateway.stop();
    origin.close();
    quiet.close();
    endless.close();
    assert.equal(grave, undefined);
    assert.equal(workers[0]?.pid, workerPid);
  });

  const residentBytes = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerPid}/status`, "utf8"))![1]) * 1024;
  const good = async () => {
    const { status } = await request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host: "good.test" },
    });
    assert.equal(status, 200, gateway.errorLog().slice(-1500));
  };

  /** Sends a flood, reading nothing of what comes back, and says whether the gateway ended it. */
  async function isEnded({ start, again, most }: Flood): Promise<boolean> {
    const options = { port: gateway.httpsPort, host: "127.0.0.1", servername: "a.test", ALPNProtocols: ["h2"] };
    const socket = connect({ ...options, rejectUnauthorized: false });
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      const end = () => {
        isOver = true;
        resolve();
      };
      socket.on("error", end).on("close", end).on("end", end);
    });
    await once(socket, "secureConnect");
    socket.resume();
    socket.write(Buffer.from(start, "latin1"));
    const limit = AbortSignal.timeout(longestMs);
    for (let turn = 0; turn < most && !isOver && !limit.aborted; turn++) {
      if (!socket.write(Buffer.from(again(turn), "latin1")))
        await Promise.race([once(socket, "drain").catch(() => {}), over]);
      if (turn % 50 === 0) await good();
    }
    if (!isOver) await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 1500).unref())]);
    socket.destroy();
    return isOver;
  }

  const counted = async ({ kind }: Pick<Flood, "kind">) =>
    (await gateway.counters()).counters[`portway_http2_floods_total|kind=${kind}`] ?? 0;

  for (const flood of floods) {
    test(`${flood.name}: the connection is ended, and that is counted`, async () => {
      const before = residentBytes();
      const countedBefore = await counted(flood);
      assert.ok(await isEnded(flood), "it goes on");
      await good();
      await waitFor(async () => (await counted(flood)) > countedBefore, { what: `${flood.kind} to be counted` });
      const growth = residentBytes() - before;
      assert.ok(growth < mostGrowthBytes, `the worker grew by ${growth} bytes`);
    });
  }

  test("HTTP/2 clients that say half of something, or say it drop by drop, are closed", async () => {
    const options = { port: gateway.httpsPort, host: "127.0.0.1", servername: "a.test", ALPNProtocols: ["h2"] };
    await Promise.all(
      slowClients.map(async ({ start, drip }) => {
        const socket = connect({ ...options, rejectUnauthorized: false }, () =>
          socket.write(Buffer.from(start, "latin1")),
        );
        const closed = closing(socket.resume().on("error", () => {}));
        const timer = setInterval(() => socket.write(Buffer.from(drip, "latin1")), 300);
        await closed;
        clearInterval(timer);
      }),
    );
    await good();
  });

  /** All that comes back until the gateway closes. */
  async function untilClosed(bytes: string, drip: string): Promise<string> {
    const socket = connectTcp(gateway.httpPort, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    const timer = setInterval(() => socket.write(drip), 100);
    await closing(socket);
    clearInterval(timer);
    return text;
  }

  test("headers that come drop by drop are cut, however steadily they drop", async () => {
    const text = await untilClosed("GET / HTTP/1.1\r\nHost: a.test\r\n", "A: b\r\n");
    assert.match(text, /^(HTTP\/1\.1 408 |$)/);
    await good();
  });

  test("a body that stops is cut", async () => {
    const text = await untilClosed("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nx", "");
    assert.match(text, /^(HTTP\/1\.1 408 |$)/);
  });

  test("a body that comes drop by drop is cut, and counted; one that comes at a pace is not", async () => {
    const slow = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n";
    const pace = "x".repeat(1000); // ten times a second
    const length = 40 * pace.length;
    const paced = untilClosed(
      `POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
      pace,
    );
    const key = "portway_rejections_total|plugin=body,reason=slow";
    const counted = async () => (await gateway.counters()).counters[key] ?? 0;
    const before = await counted();
    assert.equal(await untilClosed(slow, "x"), "");
    assert.match(await paced, /^HTTP\/1\.1 200 /);
    await waitFor(async () => (await counted()) > before, { what: "it to be counted" });
  });

  test("over HTTP/2 it ends its stream alone, wherever it is waited for; others of the connection go on", async () => {
    const session = http2Session(gateway.httpsPort, "a.test");
    const key = "portway_rejections_total|plugin=body,reason=slow";
    const counted = async () => (await gateway.counters()).counters[key] ?? 0;
    const before = await counted();
    try {
      const paced = dripStream(session, "a.test", "/", "x".repeat(1000), 40);
      const slow = await Promise.all([
        dripStream(session, "a.test", "/", "x", 10_000),
        dripStream(session, "a.test", "/read", "x", 10_000),
      ]);
      for (const answer of slow) assert.match(answer, /^reset [1-9]/);
      assert.equal(await paced, "status 200");
      assert.equal(await dripStream(session, "a.test", "/read", "x".repeat(1000), 2), "status 200");
    } finally {
      session.destroy();
    }
    await waitFor(async () => (await counted()) >= before + 2, { what: "both to be counted" });
  });

  test("a client that reads nothing is cut, and its target let go", async () => {
    const before = residentBytes();
    const client = connectTcp(gateway.httpPort, "127.0.0.1");
    client.on("error", () => {});
    client.pause();
    client.write("GET /endless HTTP/1.1\r\nHost: a.test\r\n\r\n");
    const socket = await endlessSocket;
    await closing(socket);
    client.destroy();
    assert.ok(residentBytes() - before < mostGrowthBytes);
  });

  test("1,000 connections that say nothing are closed, and keep no one out", async () => {
    const closed: Promise<void>[] = [];
    for (let turn = 0; turn < 10; turn++) {
      // the kernel forgets what waits beyond nginx's backlog of 511, and the client would not hear of it
      const sockets = Array.from({ length: 100 }, () => connectTcp(gateway.httpPort, "127.0.0.1"));
      closed.push(...sockets.map((socket) => closing(socket.on("error", () => {}).resume())));
      await Promise.all(sockets.map((socket) => once(socket, "connect")));
      await good();
    }
    await Promise.all(closed);
    await good();
  });
});
