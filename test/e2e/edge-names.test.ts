// Targets that are names: the edge process looks them up at a DNS server of the test; all on loopback.
//
//   client ──▶ nginx (2 workers) ──▶ one port of 127.0.0.1, 127.0.0.2 and ::1
//                 ▲ addresses
//              edge process ──▶ DNS server
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { after, before, suite, test } from "node:test";
import type { Edge } from "../../src/edge/main.ts";
import { request } from "../../src/lib/http.ts";
import type { LookupConfig, ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { type DnsServer, dnsServer } from "../dns-server.ts";
import { freePort } from "../lab/free-port.ts";
import { ask } from "./edge-client.ts";
import { type EdgeRig, edgeRig, nginxObject, routeTo, until } from "./edge-rig.ts";

const addresses = ["127.0.0.1", "127.0.0.2", "::1"];

suite("a target that is a name", { timeout: 90_000 }, () => {
  let rig: EdgeRig;
  let edge: Edge;
  let dns: DnsServer;
  let http: number;
  let port: number;
  let servers: Server[];
  let told = 0;
  /** Requests for /slow, which end when the test says. */
  const waiting: ServerResponse[] = [];

  before(async () => {
    rig = edgeRig();
    dns = await dnsServer();
    [http, port] = [await freePort(), await freePort()];
    servers = addresses.map((address) =>
      createServer((incoming, response) => {
        if (incoming.url === "/slow") waiting.push(response);
        else if (incoming.url === "/healthz")
          response.writeHead(incoming.headers.host === `api.test:${port}` ? 200 : 500).end();
        else response.end(address);
      }).listen(port, address),
    );
    await Promise.all(servers.map((server) => once(server, "listening")));
    edge = await rig.start();
  });

  after(async () => {
    await rig.end();
    await dns.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  function service(name: string, lookup: Partial<LookupConfig>, changes: Partial<ServiceObject> = {}): Objects {
    const object: ServiceObject = {
      name,
      lookup: {
        names: [{ url: `http://${name}.test:${port}`, name: `${name}.test`, port }],
        servers: [dns.address],
        network: ["10.77.0.0/16"],
        allow: ["127.0.0.0/8", "::1/128"],
        ...lookup,
      },
      targets: [],
      balance: "roundRobin",
      ejection: { errors: 1000, cooldownMs: 1000 },
      retries: 0,
      timeouts: { connectMs: 1000, sendMs: 5000, readMs: 30_000 },
      ...changes,
    };
    return { [`service/${name}`]: JSON.stringify(object), ...routeTo(name, name, { hosts: [`${name}.test`] }) };
  }

  async function tell(objects: Objects): Promise<void> {
    rig.tell({ nginx: JSON.stringify({ ...nginxObject, http: { port: http, redirect: false } }), ...objects });
    told++;
    await until("the state is in force", () => edge.status().revision === told);
  }

  /** Bodies, or statuses of errors, of requests enough for each target of both workers to have had its turn. */
  async function answers(name: string): Promise<string> {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => ask({ port: http, name: `${name}.test`, isSecure: false })),
    );
    return [...new Set(all.map(({ status, body }) => (status === 200 ? body : String(status))))].sort().join(" ");
  }

  const untilAnswers = (name: string, wanted: string) =>
    until(`${name} is answered by ${wanted}`, async () => (await answers(name)) === wanted);
  const codes = () => (edge.status().warnings ?? []).map(({ code, subject }) => `${code} ${subject}`);

  const all = () => ({
    ...service(
      "api",
      {},
      {
        health: {
          check: { kind: "http", path: "/healthz", statuses: [{ first: 200, last: 200 }] },
          ...{ everyMs: 100, timeoutMs: 1000, rise: 1, fall: 1 },
        },
      },
    ),
    ...service("inner", { allow: [] }),
  });

  test("is served by all of its addresses, of both families, from the first request on", async () => {
    dns.tell({ "api.test": { answer: ["127.0.0.1", "::1"], ttlSeconds: 1 }, "inner.test": { answer: ["127.0.0.1"] } });
    await tell(all());
    assert.equal((await answers("api")).includes("503"), false);
    await untilAnswers("api", "127.0.0.1 ::1");
    const shown = edge.status().targets.map(({ target }) => target);
    assert.deepEqual(shown, [`http://api.test:${port}#127.0.0.1`, `http://api.test:${port}#::1`]);
    assert.deepEqual(
      edge.status().targets.filter(({ down }) => down !== undefined),
      [],
    );
  });

  test("does not lead to the edge host itself unless that is allowed", async () => {
    assert.equal(await answers("inner"), "503");
    assert.deepEqual(codes(), ["nameRefused inner"]);
  });

  test("follows DNS, and what an address that is gone has begun ends well", async () => {
    const slow = Array.from({ length: 4 }, () => ask({ port: http, name: "api.test", path: "/slow", isSecure: false }));
    await until("all have begun", () => waiting.length === 4);
    dns.tell({ "api.test": { answer: ["127.0.0.2"], ttlSeconds: 1 }, "inner.test": { answer: ["127.0.0.1"] } });
    await untilAnswers("api", "127.0.0.2");
    for (const response of waiting) response.end("ended");
    assert.deepEqual(
      (await Promise.all(slow)).map(({ status, body }) => `${status} ${body}`),
      Array(4).fill("200 ended"),
    );
  });

  test("keeps its addresses while DNS is away, also in an edge that is started again, and a warning says so", async () => {
    dns.tell({ "api.test": { answer: "failure" }, "inner.test": { answer: ["127.0.0.1"] } });
    await until("the warning", () => codes().includes("nameUnresolved api.test"));
    await until("control has it", () => rig.happened().includes("name.failed api.test"));
    const { body } = await request({ socketPath: rig.paths.edgeSocket, path: "/metrics" });
    assert.match(body, /^portway_names_failing 1$/m);
    assert.equal(await answers("api"), "127.0.0.2");
    await edge.close();
    edge = await rig.start();
    await until("it has asked again", () => codes().includes("nameUnresolved api.test"));
    told++;
    rig.tell({
      nginx: JSON.stringify({ ...nginxObject, http: { port: http, redirect: false } }),
      ...all(),
      ...service("other", {}),
    });
    await until("another state is in force", () => edge.status().revision === told);
    assert.equal(await answers("api"), "127.0.0.2");
    dns.tell({ "api.test": { answer: ["::1"], ttlSeconds: 1 } });
    await untilAnswers("api", "::1");
    await until("the warning is gone", () => !codes().includes("nameUnresolved api.test"));
  });
});
