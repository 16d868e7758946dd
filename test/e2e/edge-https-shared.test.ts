// HTTPS's own port, where some names go through unopened and all others are HTTPS's.
//
//   client ──▶ :port, second nginx ──┬─▶ HTTP's nginx ──▶ echo target
//                                    └─▶ second nginx again ──▶ a target that ends TLS itself
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { hopFolder, wayIn } from "../../src/edge/https-hop.ts";
import { readFileIfAny } from "../../src/lib/files.ts";
import { movesWaiting } from "../../src/lib/kernel-settings.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { NginxObject, StreamListener, StreamObject } from "../../src/wire/edge.ts";
import { freePort } from "../lab/free-port.ts";
import { ask, askHttp2, openWebSocket } from "./edge-client.ts";
import { type EdgeRig, echoTarget, edgeRig, nginxObject, routeTo, serviceAt, until } from "./edge-rig.ts";

let rig: EdgeRig;
let web: Awaited<ReturnType<typeof echoTarget>>;
let port: number;
let passed: TlsServer;
const sockets = new Set<Socket>();
const setting = readFileIfAny(movesWaiting.path);

const conf = (folder = "") => readFileIfAny(join(rig.paths.edge, folder, "nginx.conf"));
const ways = () => [conf(), conf("stream")].map((text) => text && wayIn(text));
interface Told {
  readonly listener?: Partial<StreamListener> | undefined;
  readonly nginx?: Partial<NginxObject>;
  readonly proxies?: readonly string[];
  readonly target?: number;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

function tell({ listener, nginx, proxies, target: at = portOf(passed) }: Told): void {
  const target = { name: "passed", address: "127.0.0.1", port: at };
  const one: StreamListener = {
    ...{ name: "tls", port, to: [{ names: ["passed.test", "*.passed.test"], service: "passed" }], https: true },
    ...{ connections: 100, connectionsPerClient: 50, connectMs: 1000, idleMs: 60_000, proxyProtocol: false },
    ...listener,
  };
  const stream: StreamObject = {
    listeners: [one],
    services: { passed: { targets: [target], balance: "roundRobin", errors: 5, cooldownMs: 1000 } },
    accessLog: true,
    tuning: { workers: 2 },
    ...(proxies && { proxies }),
  };
  const https = { port, ...(listener && { shared: true as const }) };
  rig.tell({
    nginx: JSON.stringify({ ...nginxObject, https, selfSignedNames: ["api.test"], ...nginx }),
    ...routeTo("all", "web"),
    ...serviceAt("web", [web.port]),
    ...(listener && { stream: JSON.stringify(stream) }),
  });
}

interface Way {
  readonly from?: string;
  /** Sent before TLS. */
  readonly first?: string;
  readonly headers?: string;
}

/** All that comes back over TLS with this name; empty when there is no handshake. */
function said(servername: string, request: string, { from = "127.0.0.1", first = "" }: Way = {}): Promise<string> {
  const tcp = connect({ host: "127.0.0.1", port, localAddress: from });
  tcp.on("error", () => {});
  if (first !== "") tcp.write(first);
  const socket = connectTls({ socket: tcp, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  if (request !== "") socket.write(request);
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString();
    });
    for (const event of ["error", "close", "end"]) {
      socket.once(event, () => {
        resolve(text);
        tcp.destroy();
      });
    }
  });
}

const through = (name: string, way?: Way) => said(name, "", way);

/** The client as HTTPS's target is told. */
async function clientOf(way: Way = {}): Promise<string | undefined> {
  const request = `GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n${way.headers ?? ""}\r\n`;
  return /"x-forwarded-for":"([^"]*)"/.exec(await said("api.test", request, way))?.[1];
}

const untilThrough = () =>
  until("the name goes through", async () => (await through("passed.test")) === "through:passed.test");

before(async () => {
  rig = edgeRig();
  web = await echoTarget();
  port = await freePort();
  const { certificatePem, keyPem } = await selfSigned(["passed.test"]);
  passed = createTlsServer({ cert: certificatePem, key: keyPem }, (socket) =>
    socket.end(`through:${socket.servername}`),
  );
  passed.on("connection", (socket: Socket) => {
    sockets.add(socket);
  });
  passed.on("tlsClientError", () => {});
  passed.listen(0, "127.0.0.1");
  await once(passed, "listening");
});

after(async () => {
  await rig.end();
  await web.close();
  passed.close();
  for (const socket of sockets) socket.destroy();
  if (setting !== undefined) writeFileSync(movesWaiting.path, setting);
});

describe("a listener on HTTPS's port", { timeout: 120_000 }, () => {
  test("takes it and gives it back while new connections are answered and open ones go on", async () => {
    tell({});
    const edge = await rig.start();
    await until("every worker has the snapshot", () => edge.status().revision > 0);
    await until("HTTPS answers", async () => (await ask({ port }).catch(() => undefined))?.status === 200);
    assert.deepEqual(ways(), ["own", undefined]);
    let asked = 0;
    let isOver = false;
    const asking = [1, 2].map(async () => {
      for (; !isOver; asked++) assert.equal((await ask({ port })).status, 200);
    });
    const early = await openWebSocket({ port });
    tell({ listener: {} });
    await until("it has the port", () => ways().join() === "handed,handed");
    const late = await openWebSocket({ port });
    await untilThrough();
    tell({});
    await until("HTTP's nginx has it again", () => ways().join() === "own,own");
    assert.deepEqual([await early.say("a"), await late.say("b")], ["a", "b"]);
    isOver = true;
    await Promise.all(asking);
    assert.ok(asked > 0);
    for (const socket of [early, late]) socket.close();
    assert.equal(await through("passed.test"), "");
  });

  test("hands on all other names with who the client is, HTTP/2 too", async () => {
    tell({ listener: {} });
    await untilThrough();
    await until("it alone has the port", async () => ways().join() === "handed,handed");
    await until("the client is told", async () => (await clientOf({ from: "127.0.0.2" })) === "127.0.0.2");
    await until("deep names go through", async () => (await through("deep.passed.test")) !== "");
    assert.equal(await through("unknown.test"), "");
    assert.equal(await clientOf({ from: "127.0.0.2", headers: "X-Forwarded-For: 192.0.2.9\r\n" }), "127.0.0.2");
    const { status, body } = await askHttp2({ port });
    assert.deepEqual([status, /"x-forwarded-for":"127.0.0.1"/.test(body)], [200, true]);
    const logged = () => readFileSync(join(rig.paths.edge, "logs", "access.log"), "utf8");
    await until("the log has the client", () => logged().includes('"client.address":"127.0.0.2"'));
  });

  test("believes the headers of trusted proxies behind it, and of nobody else", async () => {
    const trusted = { trustedProxies: ["127.0.0.2/32"] };
    const headers = "X-Forwarded-For: 192.0.2.1, 192.0.2.9\r\n";
    tell({ listener: {}, nginx: trusted });
    await until("it is believed", async () => (await clientOf({ from: "127.0.0.2", headers })) === "192.0.2.9");
    assert.equal(await clientOf({ from: "127.0.0.3", headers }), "127.0.0.3");
    assert.equal(await clientOf({ from: "127.0.0.2" }), "127.0.0.2");
    tell({ listener: {}, nginx: { ...trusted, forwarded: true } });
    const spoken = "Forwarded: for=192.0.2.10\r\n";
    await until("Forwarded is", async () => (await clientOf({ from: "127.0.0.2", headers: spoken })) === "192.0.2.10");
    assert.equal(await clientOf({ from: "127.0.0.3", headers: spoken }), "127.0.0.3");
  });

  test("reads the PROXY protocol before it, and tells targets", async () => {
    const proxies = ["127.0.0.2/32"];
    const nginx = { trustedProxies: proxies, proxyProtocol: true };
    let heard = "";
    const plain = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes: Buffer) => {
        heard = bytes.toString("latin1");
        socket.destroy();
      });
    });
    plain.listen(0, "127.0.0.1");
    await once(plain, "listening");
    tell({ listener: { proxyProtocol: true }, nginx, proxies, target: portOf(plain) });
    const first = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n";
    await until("it is believed", async () => (await clientOf({ from: "127.0.0.2", first })) === "192.0.2.7");
    await until("of nobody else", async () => (await clientOf({ from: "127.0.0.3", first })) === "127.0.0.3");
    await until("the target is told", async () => {
      await through("passed.test", { from: "127.0.0.2", first });
      return heard.startsWith("PROXY TCP4 192.0.2.7 ");
    });
    plain.close();
  });

  test("has limits for what goes through alone; only nginx's workers reach its sockets", async () => {
    tell({ listener: { ipAllow: ["127.0.0.2/32"], connections: 1, connectionsPerClient: 1 } });
    await until("one gets in", async () => (await through("passed.test", { from: "127.0.0.2" })) !== "");
    await until("another does not", async () => (await through("passed.test")) === "");
    const { body } = await askHttp2({ port });
    assert.match(body, /"x-forwarded-for":"127.0.0.1"/);
    const log = () => readFileSync(join(rig.paths.edge, "logs", "connections.log"), "utf8");
    await until("the log has both", () =>
      [/"client":"127\.0\.0\.2".*"status":200/, /"client":"127\.0\.0\.1".*"status":403/].every((line) =>
        line.test(log()),
      ),
    );
    assert.equal(statSync(hopFolder(rig.paths.nginxSocket)).mode & 0o007, 0);
  });

  test("is there again when the second nginx was killed, without a reload of HTTP", async () => {
    tell({ listener: {} });
    await until("it has the port", () => ways().join() === "handed,handed");
    const pids = () => [rig.masterPid(), Number(readFileSync(join(rig.paths.runDir, "nginx", "stream.pid"), "utf8"))];
    const before = pids();
    process.kill(before[1]!, "SIGKILL");
    await until("another runs", () => pids()[1] !== before[1]);
    await until("HTTPS answers", async () => (await clientOf()) === "127.0.0.1");
    assert.equal(pids()[0], before[0]);
  });
});
