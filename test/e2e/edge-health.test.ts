// Targets that an edge asks whether they are well, and who takes part in consequence; all on loopback.
//
//   client ──▶ nginx (2 workers) ──▶ three targets with a health page each
//                 ▲ POST /health          ▲
//                 └── edge process ───────┘ GET /healthz, grpc.health.v1, TCP
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { Server as GrpcServer, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import type { Edge } from "../../src/edge/main.ts";
import { writeFileAtomic } from "../../src/lib/files.ts";
import { request } from "../../src/lib/http.ts";
import type { HealthConfig, ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import type { Tunnels } from "../../src/wire/tunnels.ts";
import { freePort } from "../lab/free-port.ts";
import { ask } from "./edge-client.ts";
import { type EdgeRig, edgeRig, nginxObject, routeTo, until } from "./edge-rig.ts";

interface Patient {
  readonly server: Server;
  readonly port: number;
  /** Of its health page. */
  status: number;
  /** It does not answer /wait until the test does. */
  holds: boolean;
}

const pace = { everyMs: 100, timeoutMs: 1000, rise: 2, fall: 2 };
const page: HealthConfig = {
  check: { kind: "http", path: "/healthz", host: "well.test", statuses: [{ first: 200, last: 299 }], body: "all well" },
  ...pace,
};

let rig: EdgeRig;
let edge: Edge;
let http: number;
let patients: Patient[];
let grpc: GrpcServer;
let grpcPort: number;
let servingStatus = 1;
let told = 0;
/** Answers that targets hold back. */
const held: ServerResponse[] = [];

async function patient(): Promise<Patient> {
  const server = createServer((incoming, response) => {
    if (incoming.url === "/wait" && one.holds) held.push(response);
    else if (incoming.headers.host !== "well.test") response.end(String(one.port));
    else if (incoming.url === "/healthz") response.writeHead(one.status).end("all well");
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const one: Patient = { server, port: (server.address() as AddressInfo).port, status: 200, holds: false };
  return one;
}

async function grpcHealth(): Promise<void> {
  const bytes = (value: Buffer) => value;
  const serialization = { requestSerialize: bytes, responseSerialize: bytes };
  const deserialization = { requestDeserialize: bytes, responseDeserialize: bytes };
  const check = { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false } as const;
  grpc = new GrpcServer();
  grpc.addService(
    { check: { ...check, ...serialization, ...deserialization } },
    {
      check: (_call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
        done(null, Buffer.from([0x08, servingStatus])),
    },
  );
  grpcPort = await new Promise((resolve, reject) => {
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

const nameOf = (one: Patient) => `t${one.port}`;

function serviceWith(
  name: string,
  targets: readonly Patient[],
  health: HealthConfig | undefined,
  changes: Partial<ServiceObject> = {},
): Objects {
  const service: ServiceObject = {
    name,
    targets: targets.map((one) => ({ name: nameOf(one), address: "127.0.0.1", port: one.port })),
    balance: "roundRobin",
    ejection: { errors: 1000, cooldownMs: 1000 },
    ...(health && { health }),
    retries: 0,
    timeouts: { connectMs: 1000, sendMs: 5000, readMs: 5000 },
    ...changes,
  };
  return { [`service/${name}`]: JSON.stringify(service), ...routeTo(name, name, { hosts: [`${name}.test`] }) };
}

async function tell(objects: Objects): Promise<void> {
  const nginx = { ...nginxObject, http: { port: http, redirect: false } };
  rig.tell({ nginx: JSON.stringify(nginx), ...objects });
  told++;
  await until("the state is in force", () => edge.status().revision === told);
}

/** `TARGET REASON` of those of a service that nginx leaves out. */
async function downOf(service: string): Promise<string[]> {
  const { down } = await rig.gatewayState();
  return Object.values(down ?? {})
    .filter((one) => one.service === service)
    .map(({ target, reason }) => `${target} ${reason}`)
    .sort();
}

async function untilDown(service: string, targets: readonly Patient[], reason = "status 500"): Promise<void> {
  const wanted = targets.map((one) => `${nameOf(one)} ${reason}`).sort();
  await until(`${wanted.join(" and ") || "none"} out`, async () => {
    const down = await downOf(service).catch(() => undefined);
    return JSON.stringify(down) === JSON.stringify(wanted);
  });
}

/** Ports of the targets that answer, asked often enough for both workers to have had each in turn. */
async function whoAnswers(service = "page"): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => ask({ port: http, name: `${service}.test`, isSecure: false })),
  );
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ status }) => status),
    [],
  );
  return [...new Set(answers.map(({ body }) => Number(body)))].sort((a, b) => a - b);
}

/** Workers hear of a change one after the other. */
async function untilOnly(ports: readonly number[], service?: string): Promise<void> {
  const wanted = [...ports].sort((a, b) => a - b);
  await until(`only ${wanted.join()} answer`, async () => (await whoAnswers(service)).join() === wanted.join());
}

const portsOf = (all: readonly Patient[]) => all.map(({ port }) => port).sort((a, b) => a - b);

before(async () => {
  rig = edgeRig();
  http = await freePort();
  patients = [await patient(), await patient(), await patient()];
  await grpcHealth();
  edge = await rig.start();
  await tell(serviceWith("page", patients, page));
});

after(async () => {
  await rig.end();
  grpc.forceShutdown();
  for (const { server } of patients) {
    server.close();
    server.closeAllConnections();
  }
});

describe("a target", () => {
  test("that answers 500 to its check is left out, and comes back when it is well", async () => {
    const [ill, ...others] = patients as [Patient, Patient, Patient];
    await untilOnly(portsOf(patients));
    ill.status = 500;
    await untilDown("page", [ill]);
    await untilOnly(portsOf(others));
    await until("control knows", () => rig.reported()?.targets[0]?.down === "status 500");
    ill.status = 200;
    await untilDown("page", []);
    await untilOnly(portsOf(patients));
    await until("control knows of both", () => rig.happened().length >= 2);
    assert.deepEqual(rig.happened(), [`target.down page ${nameOf(ill)}`, `target.back page ${nameOf(ill)}`]);
  });

  test("is used in any case when all are out", async () => {
    for (const one of patients) one.status = 500;
    await untilDown("page", patients);
    await untilOnly(portsOf(patients));
    for (const one of patients) one.status = 200;
    await untilDown("page", []);
  });

  test("stays out while its edge is started again, and comes back afterwards", async () => {
    const [ill, ...others] = patients as [Patient, Patient, Patient];
    ill.status = 500;
    await untilDown("page", [ill]);
    await untilOnly(portsOf(others));
    await edge.close();
    assert.deepEqual(await downOf("page"), [`${nameOf(ill)} status 500`]);
    assert.deepEqual(await whoAnswers(), portsOf(others));
    edge = await rig.start();
    for (let i = 0; i < 5; i++) {
      assert.deepEqual(await whoAnswers(), portsOf(others));
      assert.deepEqual(await downOf("page"), [`${nameOf(ill)} status 500`]);
    }
    ill.status = 200;
    await untilDown("page", []);
  });

  test("stays out in workers that are new: after one was killed, after a reload, after nginx died", async () => {
    const [ill, ...others] = patients as [Patient, Patient, Patient];
    ill.status = 500;
    await untilDown("page", [ill]);
    await untilOnly(portsOf(others));
    const [first] = await rig.workers();
    process.kill(first!, "SIGKILL");
    await until("there is another worker", async () => !(await rig.workers()).includes(first!));
    assert.deepEqual(await whoAnswers(), portsOf(others));
    const before = await rig.workers();
    process.kill(rig.masterPid(), "SIGHUP");
    await until("new workers serve", async () => (await rig.workers()).every((pid) => !before.includes(pid)));
    assert.deepEqual(await whoAnswers(), portsOf(others));
    for (const pid of [rig.masterPid(), ...(await rig.workers())]) process.kill(pid, "SIGKILL");
    await untilDown("page", [ill]);
    await untilOnly(portsOf(others));
    ill.status = 200;
    await untilDown("page", []);
  });

  test("that is new and ill, that goes, or that is checked no more: each is seen with the next state", async () => {
    const [first, second, third] = patients as [Patient, Patient, Patient];
    await tell(serviceWith("page", [first, second], page));
    third.status = 500;
    await tell(serviceWith("page", patients, page));
    await untilDown("page", [third]);
    await untilOnly([first.port, second.port]);
    await tell(serviceWith("page", [first, second], page));
    await untilDown("page", []);
    await tell(serviceWith("page", patients, page));
    await untilDown("page", [third]);
    await tell(serviceWith("page", patients, undefined));
    await untilDown("page", []);
    await untilOnly(portsOf(patients));
    third.status = 200;
  });

  test("is asked by gRPC's health protocol, or for a mere connection", async () => {
    const [first] = patients as [Patient, Patient, Patient];
    const dead = await freePort();
    await tell({
      ...serviceWith("grpc", [first], { check: { kind: "grpc", service: "" }, port: grpcPort, ...pace }),
      ...serviceWith("tcp", [first], { check: { kind: "tcp" }, port: dead, ...pace }),
    });
    await untilDown("tcp", [first], "connection refused");
    assert.deepEqual(await downOf("grpc"), []);
    servingStatus = 2;
    await untilDown("grpc", [first], "NOT_SERVING");
    servingStatus = 1;
    await untilDown("grpc", []);
    assert.deepEqual(await whoAnswers("tcp"), [first.port]);
  });
});

describe("of targets that the agent beside the edge knows of", () => {
  let sequence = 0;
  const write = (roundTrips: readonly number[], dark?: Patient) => {
    const hosts = patients.map((one, index) => {
      return [nameOf(one), { isDark: one === dark, roundTripMs: roundTrips[index]! }] as const;
    });
    const tunnels: Tunnels = { sequence: ++sequence, hosts: Object.fromEntries(hosts) };
    writeFileAtomic(rig.paths.tunnels, JSON.stringify(tunnels));
  };

  test("the nearest are used, and the next when those are dark", async () => {
    const [first, second, third] = patients as [Patient, Patient, Patient];
    await tell(serviceWith("near", patients, undefined, { locality: "nearest" }));
    await untilOnly(portsOf(patients), "near");
    write([5, 40, 5.5]);
    await untilOnly(portsOf([first, third]), "near");
    write([90, 40, 90]);
    await untilOnly([second.port], "near");
    write([90, 40, 90], second);
    await untilDown("near", [second], "its tunnel is dark");
    await untilOnly(portsOf([first, third]), "near");
    rmSync(rig.paths.tunnels);
    await untilOnly(portsOf(patients), "near");
  });
});

describe("requests that wait for a target whose tunnel goes dark", () => {
  test("go on to another where that is safe; the others wait on", async () => {
    const [dark, ...others] = patients as [Patient, Patient, Patient];
    await tell(
      serviceWith("waits", patients, undefined, {
        retries: 1,
        timeouts: { connectMs: 1000, sendMs: 5000, readMs: 40_000 },
      }),
    );
    await untilOnly(portsOf(patients), "waits");
    dark.holds = true;
    const wait = (method: string) => ask({ port: http, name: "waits.test", path: "/wait", isSecure: false, method });
    const gets = Promise.all(Array.from({ length: 12 }, () => wait("GET")));
    const posts = Promise.all(Array.from({ length: 12 }, () => wait("POST")));
    await until("both kinds wait", () => held.length >= 8);
    const hosts = Object.fromEntries(patients.map((one) => [nameOf(one), { isDark: one === dark, roundTripMs: 5 }]));
    writeFileAtomic(rig.paths.tunnels, JSON.stringify({ sequence: 1000, hosts } satisfies Tunnels));
    const answered = await gets;
    assert.deepEqual([...new Set(answered.map(({ status }) => status))], [200]);
    assert.deepEqual(
      [...new Set(answered.map(({ body }) => Number(body)))].sort((a, b) => a - b),
      portsOf(others),
    );
    dark.holds = false;
    for (const response of held) response.end("late");
    const late = await posts;
    assert.deepEqual([...new Set(late.map(({ status }) => status))], [200]);
    assert.ok(late.some(({ body }) => body === "late"));
    rmSync(rig.paths.tunnels);
    await untilDown("waits", []);
  });
});

describe("a breaker", () => {
  test("shows in metrics and status, and its turns are told", async () => {
    const dead = { ...patients[0]!, port: await freePort() };
    const breaker = { errors: 2, windowMs: 10_000, leastRequests: 10, cooldownMs: 300, probes: 1, active: 10 };
    const seen = () => rig.happened().filter((one) => one.startsWith("breaker."));
    await tell(serviceWith("broken", [dead], undefined, { breaker }));
    const line = 'portway_breaker_state{service="broken",state="closed"} 1';
    const metrics = async () => (await request({ socketPath: rig.paths.edgeSocket, path: "/metrics" })).body;
    await until("metrics show it", async () => (await metrics()).includes(line));
    await until("it opens", async () => {
      await ask({ port: http, name: "broken.test", isSecure: false });
      return seen().includes("breaker.open broken");
    });
    await until("it is half open", async () => {
      await ask({ port: http, name: "broken.test", isSecure: false });
      return seen().includes("breaker.halfOpen broken");
    });
    const shown = rig.reported()?.breakers?.[0];
    assert.equal(shown?.service, "broken");
    assert.equal(shown?.active, 0);
    assert.ok(rig.reported()?.targets.every(({ service }) => service === "broken"));
  });
});
