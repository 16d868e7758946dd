// New TLS connections of one address: so many in a time, and none for a while after floods. Addresses are those of loopback,
// each client's its own.
//
//   limited 127.0.0.2 ──TLS─▶
//   flooder 127.0.0.4 ──────▶ nginx (2 workers, trusts 127.0.0.9) ──▶ origin
//   others            ──────▶
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { ClientLimitsConfig } from "../../src/wire/edge.ts";
import type { RateLimitConfig } from "../../src/wire/edge-plugins.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { type Flood, floods } from "../hostile/floods.ts";
import { block, endHeaders, endStream, type Field, frame, hello, types } from "../hostile/frames.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin } from "./gateway-origins.ts";

const hourMicros = 3_600_000_000;
const most = 1_000_000;
const onceAnHour: RateLimitConfig = {
  per: "clientIp",
  ...{ intervalMicros: hourMicros, burst: 1, tokens: 1, perMs: hourMicros / 1000, id: "once" },
};
const trustedProxy = "127.0.0.9";
const pings = floods.find(({ name }) => name === "pings")!;
const largeHeaders = floods.find(({ kind }) => kind === "headers")!;

describe("new TLS connections of one address", { timeout: 120_000 }, () => {
  let origin: Origin;
  let gateway: Gateway;
  let objects: Objects;

  before(async () => {
    origin = await describingOrigin("app");
    const names = ["a.test"];
    objects = {
      ...service("app", targetsAt(origin.port)),
      ...route("a"),
      ...route("once", {}, [{ plugin: "rateLimit", config: onceAnHour }]),
      "certificate/a": JSON.stringify({ names, ...(await selfSigned(names, Date.now())) }),
    };
    // Room for some 200 addresses each, so that a test can fill it.
    const edit = (conf: string) => conf.replace(/(lua_shared_dict pw_(?:handshakes|bans|limits)) \w+/g, "$1 32k");
    gateway = await startGateway({ nginx: { trustedProxies: [`${trustedProxy}/32`] }, objects, edit });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });

  async function limitTo(clients?: Partial<ClientLimitsConfig>): Promise<void> {
    const whole: ClientLimitsConfig = { connections: most, intervalMicros: 1, burst: most, ...clients };
    const limits: Objects = clients ? { "limits/edge": JSON.stringify({ clients: whole }) } : {};
    assert.equal((await gateway.push({ ...objects, ...limits })).status, 200);
  }

  /** A connection whose handshake is done; undefined when it was refused. */
  async function open(localAddress: string, protocol = "http/1.1"): Promise<TLSSocket | undefined> {
    const socket = connect({
      ...{ port: gateway.httpsPort, host: "127.0.0.1", localAddress, servername: "a.test" },
      ...{ ALPNProtocols: [protocol], rejectUnauthorized: false },
    });
    const refused = new Promise<undefined>((resolve) => {
      socket.on("error", () => resolve(undefined)).on("close", () => resolve(undefined));
    });
    const opened = once(socket, "secureConnect").then(
      () => socket,
      () => undefined,
    );
    return Promise.race([opened, refused]);
  }
  async function opens(localAddress: string): Promise<boolean> {
    const socket = await open(localAddress);
    socket?.destroy();
    return socket !== undefined;
  }
  async function opened(count: number, localAddress: string): Promise<number> {
    let done = 0;
    for (let i = 0; i < count; i++) if (await opens(localAddress)) done++;
    return done;
  }
  const refusals = async (reason: string) =>
    (await gateway.counters()).counters[`portway_rejections_total|plugin=clients,reason=${reason}`] ?? 0;
  const statusOver = async (socket: TLSSocket) => {
    socket.write("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString("latin1").split("\r\n", 1)[0];
  };

  /** Floods by one connection until the gateway ends it; false when it was not let in. */
  async function flood({ start, again, most: turns }: Pick<Flood, "start" | "again" | "most">, localAddress: string) {
    const socket = await open(localAddress, "h2");
    if (socket === undefined) return false;
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      socket.on("close", () => {
        isOver = true;
        resolve();
      });
    });
    socket.resume().write(Buffer.from(start, "latin1"));
    for (let turn = 0; turn < turns && !isOver; turn++) {
      if (!socket.write(Buffer.from(again(turn), "latin1")))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), over]);
      if (turn % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await over;
    return true;
  }
  /** Greets from each address, and lets it be once it is answered. */
  async function greetFrom(addresses: readonly string[]): Promise<void> {
    const words = await clientHello("a.test");
    const left = [...addresses];
    const greetAll = async () => {
      for (let localAddress = left.pop(); localAddress !== undefined; localAddress = left.pop()) {
        const socket = createConnection({ port: gateway.httpsPort, host: "127.0.0.1", localAddress });
        socket.write(words);
        await once(socket, "data");
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: 8 }, greetAll));
  }
  const counted = async (kind: string) =>
    (await gateway.counters()).counters[`portway_http2_floods_total|kind=${kind}`] ?? 0;

  test("are as many as it likes, where nothing is limited", async () => {
    await limitTo();
    assert.equal(await opened(30, "127.0.0.2"), 30);
  });

  test("are so many in a time over both workers; others, a trusted proxy and open connections are not touched", async () => {
    await limitTo({ handshakes: { intervalMicros: hourMicros, burst: 20 } });
    const first = (await open("127.0.0.2"))!;
    const count = 1 + (await opened(40, "127.0.0.2"));
    assert.ok(count >= 20 && count <= 21, `${count} of 20 got through`);
    assert.equal(await statusOver(first), "HTTP/1.1 200 OK");
    first.destroy();
    assert.equal(await opens("127.0.0.3"), true, "another address");
    assert.equal(await opened(30, trustedProxy), 30);
    await waitFor(async () => (await refusals("handshakes")) >= 20, { what: "the refusals to be counted" });
  });

  test("are refused for a while once it has flooded HTTP/2 three times; others and open connections are not touched", async () => {
    await limitTo({ floodBanSeconds: 4 });
    const before = (await open("127.0.0.4"))!;
    const floodsBefore = await counted(pings.kind);
    for (let i = 0; i < 3; i++) assert.equal(await flood(pings, "127.0.0.4"), true, `flood ${i + 1}`);
    await waitFor(async () => !(await opens("127.0.0.4")), { what: "it to be refused" });
    await waitFor(async () => (await counted(pings.kind)) >= floodsBefore + 3, { what: "the floods to be counted" });
    assert.equal(await statusOver(before), "HTTP/1.1 200 OK");
    assert.equal(await opens("127.0.0.5"), true, "another address");
    const { status } = await request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path: "/",
      headers: { host: "a.test" },
    });
    assert.equal(status, 200);
    assert.match(gateway.errorLog(), /portway: 127\.0\.0\.4 floods HTTP\/2: refused new TLS connections for 4 s/);
    await waitFor(async () => (await refusals("flooded")) >= 1, { what: "refusals to be counted" });
    await waitFor(async () => await opens("127.0.0.4"), { what: "it to be let in again" });
    before.destroy();
  });

  test("are not refused for one connection that floods, however often nginx tells of it", async () => {
    await limitTo({ floodBanSeconds: 3_600 });
    const resets = floods.find(({ kind }) => kind === "streams")!;
    const before = await counted(resets.kind);
    assert.equal(await flood(resets, "127.0.0.7"), true);
    await waitFor(async () => (await counted(resets.kind)) > before, { what: "the flood to be counted" });
    assert.equal(await opens("127.0.0.7"), true);
  });

  test("are not refused for floods that come through a trusted proxy", async () => {
    await limitTo({ floodBanSeconds: 3_600 });
    const before = await counted(pings.kind);
    for (let i = 0; i < 4; i++) assert.equal(await flood(pings, trustedProxy), true);
    await waitFor(async () => (await counted(pings.kind)) >= before + 4, { what: "the floods to be counted" });
    assert.equal(await opens(trustedProxy), true);
  });

  test("are not refused for headers that are too large a few times, as a full cookie jar's are", async () => {
    await limitTo({ floodBanSeconds: 3_600 });
    const before = await counted("headers");
    for (let i = 0; i < 6; i++) assert.equal(await flood(largeHeaders, "127.0.0.6"), true);
    await waitFor(async () => (await counted("headers")) >= before + 6, { what: "them to be counted" });
    assert.equal(await opens("127.0.0.6"), true);
  });

  test("are not refused to an address of which another one writes into nginx's log that it floods", async () => {
    await limitTo({ floodBanSeconds: 3_600 });
    const [framesBefore, headersBefore] = [await counted("frames"), await counted("headers")];
    const workers = readFileSync(`/proc/${gateway.masterPid}/task/${gateway.masterPid}/children`, "latin1").trim();
    const forged = workers
      .split(" ")
      .flatMap((pid) =>
        [901, 902, 903].map(
          (connection) =>
            `2026/01/31 23:59:59 [info] ${pid}#${pid}: *${connection} http2 flood detected while processing HTTP/2 connection, client: 127.0.0.8, server: 0.0.0.0:443\n`,
        ),
      );
    const fields: Field[] = [
      ...[":method", ":scheme", ":path", ":authority"].map(
        (name, i): Field => [name, ["GET", "https", "/", "a.test"][i]!],
      ),
      ["a", `x\n${forged.join("")}`],
    ];
    const bytes = Buffer.from(hello + frame(types.headers, endHeaders | endStream, 1, block(fields)), "latin1");
    for (let i = 0; i < 4; i++) {
      const socket = (await open("127.0.0.3", "h2"))!;
      socket.on("error", () => {});
      const closed = once(socket, "close");
      socket.resume().end(bytes);
      await closed;
    }
    // Right behind those lines none counts: so again and again.
    const isCounted = async () => {
      await flood(largeHeaders, "127.0.0.10");
      return (await counted("headers")) > headersBefore;
    };
    await waitFor(isCounted, { what: "what came later to be counted" });
    assert.equal(await counted("frames"), framesBefore);
    assert.equal(await opens("127.0.0.8"), true);
  });

  test("push out counters of their own kind alone: however many addresses greet, rate limits and bans stay", async () => {
    await limitTo({ handshakes: { intervalMicros: hourMicros, burst: 5 }, floodBanSeconds: 3_600 });
    const ask = async () => {
      const options = { port: gateway.httpPort, localAddress: "127.0.0.11", headers: { host: "once.test" } };
      const [answer] = (await once(get(options), "response")) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    assert.deepEqual([await ask(), await ask()], [200, 429]);
    for (let i = 0; i < 3; i++) assert.equal(await flood(pings, "127.0.0.12"), true);
    await waitFor(async () => !(await opens("127.0.0.12")), { what: "the flooder to be refused" });
    await opened(5, "127.0.0.13");
    assert.equal(await opens("127.0.0.13"), false, "it has had its connections");

    await greetFrom(Array.from({ length: 600 }, (_, index) => `127.1.${index >> 8}.${index & 255}`));
    assert.equal(await opens("127.0.0.13"), true, "so many addresses leave no room for its counter");
    assert.equal(await ask(), 429);
    assert.equal(await opens("127.0.0.12"), false);
  });
});

/** What a client of TLS says first. */
async function clientHello(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", servername });
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  const [words] = (await once(socket, "data")) as [Buffer];
  for (const one of [client, socket]) one.destroy();
  server.close();
  return words;
}
