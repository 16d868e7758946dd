// Targets that speak TLS, asked by an edge whether they are well, as nginx sends them requests; all on loopback.
//
//   client ──http──▶ nginx (2 workers) ──TLS──▶ targets: one as it should be, one by another name, one of another authority
//                       ▲ POST /health             ▲
//                       └── edge process ──TLS─────┘ GET /healthz, grpc.health.v1
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { TLSSocket } from "node:tls";
import {
  createAuthority,
  createIntermediate,
  issueServer,
  type KeyedCertificate,
  selfSigned,
} from "../../src/lib/x509.ts";
import type { HealthConfig, ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { type DnsServer, dnsServer } from "../dns-server.ts";
import { freePort } from "../lab/free-port.ts";
import { ask } from "./edge-client.ts";
import { type EdgeRig, edgeRig, nginxObject, routeTo, until } from "./edge-rig.ts";

const pace = { everyMs: 250, timeoutMs: 10_000, rise: 1, fall: 2 };
const page: HealthConfig = {
  check: { kind: "http", path: "/healthz", statuses: [{ first: 200, last: 299 }] },
  ...pace,
};
const untrusted = "its certificate is not one that is trusted";

suite("a check of a target with TLS", { timeout: 90_000 }, () => {
  const servers: Server[] = [];
  /** Of each check that arrived: server name, Host, and the common name of the edge's certificate. */
  const seen = new Set<string>();
  const well = { status: 200, serving: 1 };
  let rig: EdgeRig;
  let dns: DnsServer;
  let http: number;
  let ours: number;
  let renamed: number;
  let foreign: number;
  let calls: number;
  let foreignCalls: number;

  const listen = async (server: Server) => {
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  const target = (identity: KeyedCertificate) =>
    listen(
      createServer(
        { cert: identity.certificatePem, key: identity.keyPem, requestCert: true, rejectUnauthorized: false },
        (incoming, response) => {
          const socket = incoming.socket as TLSSocket;
          if (incoming.url !== "/healthz") return response.end(String((socket.address() as AddressInfo).port));
          seen.add(`${socket.servername} ${incoming.headers.host} ${socket.getPeerCertificate().subject?.CN}`);
          return response.writeHead(well.status).end();
        },
      ),
    );

  const callee = ({ certificatePem: cert, keyPem: key }: KeyedCertificate) => {
    const server = createSecureServer({ cert, key });
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {}); // a check that is given up
      if (stream.destroyed) return;
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "0" });
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, well.serving]));
    });
    return listen(server as unknown as Server);
  };

  before(async () => {
    rig = edgeRig();
    dns = await dnsServer();
    dns.tell({ "orders.internal": { answer: ["127.0.0.1"] } });
    const root = await createAuthority("ours");
    const intermediate = await createIntermediate(root, "ours at work");
    const leaf = (name: string) => issueServer(intermediate, { dnsNames: [name], ipAddresses: [] });
    const edge = await selfSigned(["edge-1"]);
    writeFileSync(join(rig.folder, "ca.pem"), root.certificatePem);
    writeFileSync(join(rig.folder, "edge.pem"), edge.certificatePem);
    writeFileSync(join(rig.folder, "edge.key"), edge.keyPem);
    const [right, wrong, stranger] = [
      await leaf("orders.internal"),
      await leaf("carts.internal"),
      await selfSigned(["orders.internal"]),
    ];
    [ours, renamed, foreign] = [await target(right), await target(wrong), await target(stranger)];
    [calls, foreignCalls] = [await callee(right), await callee(stranger)];
    http = await freePort();
    const edgeProcess = await rig.start();
    rig.tell({
      nginx: JSON.stringify({
        ...nginxObject,
        http: { port: http, redirect: false },
        trusts: [{ id: "ours", file: join(rig.folder, "ca.pem") }],
      }),
      ...service("orders", [ours, renamed, foreign], page),
      ...service(
        "calls",
        [calls, foreignCalls],
        { check: { kind: "grpc", service: "" }, ...pace },
        { protocol: "grpc" },
      ),
      ...service("named", [], page, {
        lookup: {
          names: [{ url: `https://orders.internal:${ours}`, name: "orders.internal", port: ours }],
          ...{ servers: [dns.address], network: [], allow: ["127.0.0.0/8"] },
        },
      }),
    });
    await until("the state is in force", () => edgeProcess.status().revision === 1);
  });

  after(async () => {
    await rig.end();
    await dns.close();
    for (const server of servers) server.close();
  });

  function service(
    name: string,
    ports: readonly number[],
    health: HealthConfig,
    changes: Partial<ServiceObject> = {},
  ): Objects {
    const object: ServiceObject = {
      name,
      targets: ports.map((port) => ({ name: `t${port}`, address: "127.0.0.1", port })),
      balance: "roundRobin",
      ejection: { errors: 1000, cooldownMs: 1000 },
      health,
      retries: 0,
      timeouts: { connectMs: 1000, sendMs: 5000, readMs: 5000 },
      tls: {
        ...{ name: "orders.internal", trust: "ours" },
        ...{ certificateFile: join(rig.folder, "edge.pem"), keyFile: join(rig.folder, "edge.key") },
      },
      ...changes,
    };
    return { [`service/${name}`]: JSON.stringify(object), ...routeTo(name, name, { hosts: [`${name}.test`] }) };
  }

  /** Reasons of a service's targets that nginx leaves out, by target. */
  async function downOf(service: string): Promise<Readonly<Record<string, string>>> {
    const down = Object.values((await rig.gatewayState()).down ?? {}).filter((one) => one.service === service);
    return Object.fromEntries(down.map(({ target, reason }) => [target, reason]));
  }

  const untilDown = (service: string, wanted: Readonly<Record<string, string>>) =>
    until(`${service}: ${JSON.stringify(wanted)}`, async () => {
      const down = await downOf(service).catch(() => ({}));
      return JSON.stringify(Object.entries(down).sort()) === JSON.stringify(Object.entries(wanted).sort());
    });

  test("by HTTP leaves out those that do not prove who they are, and requests meet the others alone", async () => {
    await untilDown("orders", { [`t${renamed}`]: untrusted, [`t${foreign}`]: untrusted });
    await until("only the right one answers", async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => ask({ port: http, name: "orders.test", isSecure: false })),
      );
      return answers.every(({ status, body }) => status === 200 && body === String(ours));
    });
  });

  test("says the service's name and shows the edge's certificate, as Host the address or the name that was looked up", async () => {
    await until("both were asked", () => seen.size >= 2);
    assert.deepEqual([...seen].sort(), [
      `orders.internal 127.0.0.1:${ours} edge-1`,
      `orders.internal orders.internal:${ours} edge-1`,
    ]);
  });

  test("by gRPC leaves out who does not prove it, and who does not serve", async () => {
    await untilDown("calls", { [`t${foreignCalls}`]: untrusted });
    well.serving = 2;
    await untilDown("calls", { [`t${foreignCalls}`]: untrusted, [`t${calls}`]: "NOT_SERVING" });
    well.serving = 1;
    await untilDown("calls", { [`t${foreignCalls}`]: untrusted });
  });

  test("sees through TLS that a target is not well, and that it is again", async () => {
    const name = `https://orders.internal:${ours}#127.0.0.1`;
    well.status = 500;
    await untilDown("named", { [name]: "status 500" });
    well.status = 200;
    await untilDown("named", {});
    assert.equal((await ask({ port: http, name: "named.test", isSecure: false })).body, String(ours));
  });
});
