// What clients feel of a target that is killed under load, and of changes around requests that are under way.
//
//   4 clients ──▶ nginx (2 workers) ──▶ three targets, each a process; one is killed with SIGKILL
//                    ▲ verdicts
//                    └── edge process: TCP checks
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Edge } from "../../src/edge/main.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { start } from "../../src/lib/exec.ts";
import type { HealthConfig, ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { freePort } from "../lab/free-port.ts";
import { ask, type Told } from "./edge-client.ts";
import { type EdgeRig, edgeRig, nginxObject, routeTo, until } from "./edge-rig.ts";

interface Outcome {
  readonly atMs: number;
  /** Undefined: no whole answer. */
  readonly status: number | undefined;
  readonly body: string;
}

const health: HealthConfig = { check: { kind: "tcp" }, everyMs: 200, timeoutMs: 1000, rise: 2, fall: 2 };
const script = new URL("origin-process.ts", import.meta.url).pathname;

let rig: EdgeRig;
let edge: Edge;
let http: number;
let told = 0;

function serviceAt(name: string, ports: readonly number[], changes: Partial<ServiceObject>): Objects {
  const service: ServiceObject = {
    name,
    targets: ports.map((port) => ({ name: `t${port}`, address: "127.0.0.1", port })),
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 2_000 },
    retries: 0,
    timeouts: { connectMs: 1000, sendMs: 20_000, readMs: 20_000 },
    ...changes,
  };
  return { [`service/${name}`]: JSON.stringify(service), ...routeTo(name, name, { hosts: [`${name}.test`] }) };
}

async function tell(objects: Objects): Promise<void> {
  rig.tell({ nginx: JSON.stringify({ ...nginxObject, http: { port: http, redirect: false } }), ...objects });
  told++;
  await until("the state is in force", () => edge.status().revision === told);
}

before(async () => {
  rig = edgeRig();
  http = await freePort();
  edge = await rig.start();
});
after(() => rig.end());

describe("one of three targets killed under load", () => {
  const children = new Map<number, ChildProcess>();
  let ports: number[];

  async function startTarget(port: number): Promise<void> {
    children.set(port, start(process.execPath, [script, String(port)], { stdio: "inherit" }));
    await until("the target listens", async () => {
      const socket = connect(port, "127.0.0.1");
      return new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      }).finally(() => socket.destroy());
    });
  }

  /** Clients that ask one request after the other, until they are stopped. */
  function load(host: string) {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const outcomes: Outcome[] = [];
    let stopped = false;
    const askOnce = () =>
      new Promise<Outcome>((resolve) => {
        const end = (status: number | undefined, body: string) => resolve({ atMs: performance.now(), status, body });
        get({ host: "127.0.0.1", port: http, agent, headers: { host } }, (incoming) => {
          let body = "";
          incoming.on("data", (chunk: Buffer) => {
            body += chunk;
          });
          incoming.on("error", () => end(undefined, body));
          incoming.on("end", () => end(incoming.statusCode, body));
        }).on("error", () => end(undefined, ""));
      });
    const clients = Array.from({ length: 4 }, async () => {
      while (!stopped) outcomes.push(await askOnce());
    });
    return {
      outcomes,
      async stop() {
        stopped = true;
        await Promise.all(clients);
        agent.destroy();
      },
    };
  }

  before(async () => {
    ports = await Promise.all([freePort(), freePort(), freePort()]);
    await Promise.all(ports.map(startTarget));
    await tell({ ...serviceAt("once", ports, { health }), ...serviceAt("again", ports, { health, retries: 1 }) });
  });
  after(() => {
    for (const child of children.values()) child.kill("SIGKILL");
  });

  /** Kills a target under load, and goes on for three seconds: its ejection ends meanwhile. Then starts it again. */
  async function outage(host: string) {
    const dead = ports[0]!;
    const { outcomes, stop } = load(host);
    await until("all three answer", () => new Set(outcomes.map(({ body }) => body)).size === 3);
    await until("it is loaded", () => outcomes.length > 500);
    const child = children.get(dead)!;
    child.kill("SIGKILL");
    const killedMs = performance.now();
    await systemClock.sleep(3000);
    await startTarget(dead);
    await until("it has requests again", () => outcomes.at(-1)?.body === String(dead));
    await stop();
    const failed = outcomes.filter(({ status }) => status !== 200);
    return { outcomes, failed, sinceKill: (one: Outcome) => one.atMs - killedMs };
  }

  test("fails no request where requests are tried again", async () => {
    const { outcomes, failed } = await outage("again.test");
    assert.deepEqual(failed, []);
    assert.ok(outcomes.length > 1000, `${outcomes.length} requests`);
  });

  test("fails less than 3 % of the next second's requests where they are not, and none after", async (context) => {
    const { outcomes, failed, sinceKill } = await outage("once.test");
    const inFirst = (one: Outcome) => sinceKill(one) >= 0 && sinceKill(one) < 1000;
    const [ofSecond, failedInSecond] = [outcomes.filter(inFirst).length, failed.filter(inFirst).length];
    context.diagnostic(`${failedInSecond} of ${ofSecond} requests failed in the second after the kill`);
    assert.ok(failedInSecond < 0.03 * ofSecond, `${failedInSecond} of ${ofSecond}`);
    assert.deepEqual(
      failed.filter((one) => !inFirst(one)),
      [],
    );
  });
});

describe("a request under way ends well", () => {
  const held: ServerResponse[] = [];
  let origin: Server;
  let port: number;
  let status = 200;

  const app = (changes: Partial<ServiceObject> = {}) => serviceAt("held", [port], changes);

  before(async () => {
    origin = createServer((incoming, response) => {
      if (incoming.url === "/hold") held.push(response);
      else if (incoming.url === "/reset") incoming.socket.destroy();
      else response.writeHead(status).end();
    });
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    port = (origin.address() as AddressInfo).port;
  });
  after(() => {
    origin.close();
    origin.closeAllConnections();
  });

  /** Holds requests at the target while `change` happens, and then lets them end. */
  async function across(change: () => Promise<void>): Promise<void> {
    const asked: Promise<Told>[] = Array.from({ length: 6 }, () =>
      ask({ port: http, name: "held.test", isSecure: false, path: "/hold" }),
    );
    await until("all are at the target", () => held.length === asked.length);
    await change();
    for (const response of held.splice(0)) response.end("done");
    assert.deepEqual(
      (await Promise.all(asked)).map(({ status, body }) => `${status} ${body}`),
      asked.map(() => "200 done"),
    );
  }

  test("when its target is taken out of the service", async () => {
    await tell(app());
    await across(() => tell(serviceAt("held", [1], {})));
  });

  test("when its route and service go", async () => {
    await tell(app());
    await across(() => tell({}));
  });

  test("when its target fails its check", async () => {
    await tell(
      app({ health: { ...health, check: { kind: "http", path: "/", statuses: [{ first: 200, last: 200 }] } } }),
    );
    await across(async () => {
      status = 500;
      await until("it is out", async () => Object.values((await rig.gatewayState()).down ?? {}).length === 1);
    });
    status = 200;
  });

  test("when its target is ejected, and when the breaker of its service opens", async () => {
    const rules = { windowMs: 10_000, leastRequests: 10, cooldownMs: 60_000, probes: 1 };
    await tell(app({ ejection: { errors: 2, cooldownMs: 60_000 }, breaker: { errors: 4, ...rules } }));
    await across(async () => {
      await until("its breaker is open", async () => {
        await ask({ port: http, name: "held.test", isSecure: false, path: "/reset" });
        const { breakers, ejected } = await rig.gatewayState();
        return ejected.length === 1 && Object.values(breakers ?? {})[0]?.state === "open";
      });
    });
  });

  test("when nginx loads another configuration, and its worker goes", async () => {
    await tell(app());
    const before = await rig.workers();
    await across(async () => {
      process.kill(rig.masterPid(), "SIGHUP");
      await until("new workers serve", async () => (await rig.workers()).every((pid) => !before.includes(pid)));
    });
  });
});
