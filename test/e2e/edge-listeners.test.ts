// Ports whose bytes pass to services as they are: TCP, and TLS by the name that clients ask for, through a second nginx.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomic } from "../../src/lib/files.ts";
import { request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { StreamListener, StreamObject } from "../../src/wire/edge.ts";
import type { HealthConfig } from "../../src/wire/edge-service.ts";
import type { Drain } from "../../src/wire/edge-state.ts";
import type { Tunnels } from "../../src/wire/tunnels.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { ask } from "./edge-client.ts";
import { type EdgeRig, echoTarget, edgeRig, nginxObject, routeTo, serviceAt, until } from "./edge-rig.ts";

let rig: EdgeRig;
let edge: Awaited<ReturnType<EdgeRig["start"]>>;
let web: Awaited<ReturnType<typeof echoTarget>>;
const servers: Server[] = [];
const ports = { https: 0, tcp: 0, tls: 0, narrow: 0 };

interface NamedTarget {
  readonly port: number;
  readonly first: () => string;
  /** From now on it takes no connection; those that are open go on. */
  readonly refuse: () => void;
}

/** Answers each piece with its own name before it, and remembers what came first. */
async function namedTarget(name: string): Promise<NamedTarget> {
  let first = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      first ||= bytes.toString();
      socket.write(`${name}:${bytes.toString()}`);
    });
  });
  return { port: await listening(server), first: () => first, refuse: () => void server.close() };
}

async function tlsTarget(name: string): Promise<number> {
  const { certificatePem, keyPem } = await selfSigned([name]);
  const server = createTlsServer({ cert: certificatePem, key: keyPem }, (socket) => socket.end(name));
  server.on("tlsClientError", () => {});
  return listening(server);
}

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const targetAt = (port: number) => ({ name: `target-${port}`, address: "127.0.0.1", port });
const service = (...at: number[]) => ({
  targets: at.map(targetAt),
  balance: "roundRobin" as const,
  errors: 2,
  cooldownMs: 1000,
});
const listener = (
  name: string,
  port: number,
  to: StreamListener["to"],
  change: Partial<StreamListener> = {},
): StreamListener => ({
  ...{ name, port, to, connections: 100, connectionsPerClient: 50, connectMs: 1000, idleMs: 60_000 },
  proxyProtocol: false,
  ...change,
});

function tell(stream: Omit<StreamObject, "accessLog" | "tuning"> | undefined, drains?: readonly Drain[]): void {
  const whole: StreamObject | undefined = stream && { ...stream, accessLog: true, tuning: { workers: 1 } };
  rig.tell({
    nginx: JSON.stringify({ ...nginxObject, https: { port: ports.https }, selfSignedNames: ["api.test"] }),
    ...routeTo("all", "web"),
    ...serviceAt("web", [web.port]),
    ...(whole && { stream: JSON.stringify(whole) }),
    ...(drains && { drains: JSON.stringify(drains) }),
  });
}

/** A client that says what it gets. */
function client(port: number): { readonly socket: Socket; readonly say: (text: string) => Promise<string> } {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  return {
    socket,
    say: (text) =>
      new Promise((resolve) => {
        socket.once("data", (bytes) => resolve(bytes.toString()));
        socket.once("close", () => resolve(""));
        socket.write(text);
      }),
  };
}

/** What a new connection gets for `hello`; empty when it is closed or refused. */
async function hello(port: number): Promise<string> {
  const { socket, say } = client(port);
  try {
    return await say("hello");
  } finally {
    socket.destroy();
  }
}

/** What the server of this name says; undefined when there is no handshake. */
async function helloTls(servername: string): Promise<string | undefined> {
  const socket = connectTls({ host: "127.0.0.1", port: ports.tls, servername, rejectUnauthorized: false });
  const said = new Promise<string | undefined>((resolve) => {
    socket.once("data", (bytes) => resolve(bytes.toString()));
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
  try {
    return await said;
  } finally {
    socket.destroy();
  }
}

const metrics = async () => {
  const { body } = await request({ socketPath: rig.paths.edgeSocket, path: "/metrics" });
  return body;
};

/** The edge process counts the less often the longer it takes, which on a busy machine may be every ten seconds. */
const counted = (what: string, isSo: () => boolean) => waitFor(isSo, { what, timeoutMs: 90_000 });

before(async () => {
  rig = edgeRig();
  web = await echoTarget();
  for (const name of ["https", "tcp", "tls", "narrow"] as const) ports[name] = await freePort();
});

after(async () => {
  await rig.end();
  await web.close();
  for (const server of servers) server.close();
});

describe("a listener", () => {
  test("is there when the file has one, and leaves HTTP alone", async () => {
    tell(undefined);
    edge = await rig.start();
    await until("HTTP serves", async () => (await ask({ port: ports.https }).catch(() => undefined))?.status === 200);
    const master = rig.masterPid();
    const workers = await rig.workers();
    const first = await namedTarget("first");
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: service(first.port) } });
    await until("it answers", async () => (await hello(ports.tcp)) === "first:hello");
    assert.deepEqual([rig.masterPid(), await rig.workers()], [master, workers]);
  });

  test("sends new connections to new targets, and ends none that is open", async () => {
    const second = await namedTarget("second");
    const { socket, say } = client(ports.tcp);
    assert.equal(await say("one"), "first:one");
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: service(second.port) } });
    await until("the new target answers", async () => (await hello(ports.tcp)) === "second:hello");
    assert.equal(await say("two"), "first:two");
    socket.destroy();
  });

  test("says how many connections it has open, and to which targets", async () => {
    const target = await namedTarget("counted");
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: service(target.port) } });
    const held: Socket[] = [];
    await until("three are open", async () => {
      const { socket, say } = client(ports.tcp);
      if ((await say("held")) === "counted:held") held.push(socket);
      else socket.destroy(); // a worker that leaves takes connections until it hears of it
      return held.length === 3;
    });
    const listeners = () => edge.status().listeners;
    const open = () => edge.status().targets.find(({ service }) => service === "db")?.connections;
    await counted("status to say three", () => listeners()?.[0]?.connections === 3 && open() === 3);
    assert.deepEqual(listeners(), [{ name: "tcp", port: ports.tcp, services: ["db"], connections: 3 }]);
    const text = await metrics();
    assert.match(
      text,
      /^# TYPE portway_listener_open_connections gauge\nportway_listener_open_connections\{listener="tcp"\} 3$/m,
    );
    assert.match(text, new RegExp(`target_open_connections\\{service="db",target="target-${target.port}"\\} 3$`, "m"));
    for (const socket of held) socket.destroy();
    await counted("status to say none", () => listeners()?.[0]?.connections === 0 && open() === 0);
  });

  test("are counted while what they lead to is drained, and end when its deadline is over, in old workers too", async () => {
    const [one, two] = [await namedTarget("one"), await namedTarget("two")];
    const db = service(one.port, two.port);
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db } });
    const answers = new Set<string>();
    await until(
      "both answer",
      async () => answers.add(await hello(ports.tcp)).has("one:hello") && answers.has("two:hello"),
    );
    const held: Partial<Record<string, ReturnType<typeof client>>> = {};
    await until("each has one", async () => {
      const made = client(ports.tcp);
      const name = (await made.say("held")).split(":")[0]!;
      if (name === "" || held[name]) made.socket.destroy();
      else held[name] = made;
      return "one" in held && "two" in held;
    });
    const [first, second] = db.targets;
    const drainsUntil = (endMs: number): Drain[] => [
      { kind: "host", name: first!.name, endMs },
      { kind: "service", name: "api", endMs },
    ];
    const drained = { ...db, targets: [second!], drained: [first!] };
    tell(
      { listeners: [listener("tcp", ports.tcp, "db")], services: { db: drained } },
      drainsUntil(Date.now() + 3_600_000),
    );
    const left = () => edge.status().drains?.map(({ name, connections }) => [name, connections]);
    await counted("the one to be told", () =>
      isDeepStrictEqual(left(), [
        [first!.name, 1],
        ["api", undefined],
      ]),
    );
    assert.deepEqual([await held["one"]!.say("on"), await held["two"]!.say("on")], ["one:on", "two:on"]);
    const ended = once(held["one"]!.socket, "close");
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: drained } }, drainsUntil(Date.now()));
    await ended;
    assert.equal(await held["two"]!.say("still"), "two:still");
    await counted("nothing to be left", () =>
      isDeepStrictEqual(left(), [
        [first!.name, undefined],
        ["api", undefined],
      ]),
    );
    held["two"]!.socket.destroy();
  });

  test("end where their listener's service is drained, and not where another has the same target", async () => {
    const shared = await namedTarget("shared");
    const listeners = [listener("tcp", ports.tcp, "db"), listener("narrow", ports.narrow, "also")];
    const [db, also] = [service(shared.port), service(shared.port)];
    tell({ listeners, services: { db, also } });
    const heldAt = async (port: number) => {
      let held = client(port);
      await until("it is the new workers that answer", async () => {
        if ((await held.say("one")) === "shared:one") return true;
        held.socket.destroy();
        held = client(port);
        return false;
      });
      return held;
    };
    const [ending, staying] = [await heldAt(ports.tcp), await heldAt(ports.narrow)];
    const ended = once(ending.socket, "close");
    const drained = { ...db, targets: [], drained: db.targets };
    tell({ listeners, services: { db: drained, also } }, [{ kind: "service", name: "db", endMs: Date.now() }]);
    await ended;
    assert.equal(await staying.say("two"), "shared:two");
    await counted("nothing to be left", () => {
      const drains = edge.status().drains;
      return drains?.length === 1 && drains[0]!.connections === undefined;
    });
    staying.socket.destroy();
  });

  test("passes over a target that refuses", async () => {
    const [dead, alive] = [await freePort(), await namedTarget("alive")];
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: service(dead, alive.port) } });
    const tenTimes = async () => {
      const heard = [];
      for (let i = 0; i < 10; i++) heard.push(await hello(ports.tcp));
      return heard;
    };
    await until("the living one answers each time", async () =>
      (await tenTimes()).every((text) => text === "alive:hello"),
    );
  });

  test("closes connections when no target is there, and says so", async () => {
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db: service() } });
    await until("it closes", async () => (await hello(ports.tcp)) === "");
    await until("they are counted", async () =>
      /portway_listener_connections_total\{listener="tcp",outcome="noTarget"\} [1-9]/.test(await metrics()),
    );
  });

  test("leaves out targets that are not well, without an end of what is open; when all are, it tries them", async () => {
    const targets = [await namedTarget("one"), await namedTarget("two")] as const;
    const names = targets.map(({ port }) => `target-${port}`);
    const health: HealthConfig = { check: { kind: "tcp" }, everyMs: 100, timeoutMs: 1000, rise: 1, fall: 1 };
    // A target that refuses is passed over in any case: no error counts here, so that only what is out is passed over.
    const db = { ...service(...targets.map(({ port }) => port)), errors: 1000, health };
    const conf = () => readFileSync(join(rig.paths.edge, "stream", "nginx.conf"), "utf8");
    const out = () =>
      edge.status().targets.flatMap(({ target, down }) => (down === undefined ? [] : [`${target} ${down}`]));
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services: { db } });
    const answer = async () => new Set(await Promise.all(Array.from({ length: 8 }, () => hello(ports.tcp))));
    await until("both answer", async () => (await answer()).size === 2);
    let open = client(ports.tcp);
    while ((await open.say("open")) !== "one:open") {
      open.socket.destroy();
      open = client(ports.tcp);
    }
    let sequence = 0;
    const tunnelsAre = (...dark: readonly boolean[]) => {
      const hosts = Object.fromEntries(names.map((name, at) => [name, { isDark: dark[at]! }]));
      writeFileAtomic(rig.paths.tunnels, JSON.stringify({ sequence: ++sequence, hosts } satisfies Tunnels));
    };
    tunnelsAre(true, false);
    await until("the dark one gets none", async () => [...(await answer())].join() === "two:hello");
    await until("status says why", () => out().join() === `${names[0]} its tunnel is dark`);
    await until("metrics too", async () =>
      (await metrics()).includes('portway_targets_out{service="db",reason="health"} 1'),
    );
    await until("events too", () => rig.happened().includes(`target.down db ${names[0]}`));
    targets[1].refuse();
    await until("all are out", () => out().length === 2);
    await until("so none is left out", () => !conf().includes(" down;"));
    await until("the dark one answers", async () => (await answer()).has("one:hello"));
    tunnelsAre(false, false);
    await until("the one that refuses is out", () => out().join() === `${names[1]} connection refused`);
    await until("alone", () => conf().includes(`:${targets[1].port} weight=1 max_fails=1000 fail_timeout=1s down;`));
    assert.equal(await open.say("still"), "one:still");
    open.socket.destroy();
    rmSync(rig.paths.tunnels);
    await until("its return was told", () => rig.happened().includes(`target.back db ${names[0]}`));
  });

  test("tells targets who the client is, by the PROXY protocol", async () => {
    const target = await namedTarget("told");
    const proxied = listener("tcp", ports.tcp, "db", { proxyProtocol: true });
    tell({ listeners: [proxied], services: { db: service(target.port) } });
    await until("it is told", async () => (await hello(ports.tcp)).startsWith("told:"));
    assert.match(target.first(), /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n/);
  });

  test("lets in whom it names, and so many at a time; what it turns away is counted by its reason", async () => {
    const target = await namedTarget("open");
    const services = { db: service(target.port) };
    tell({ listeners: [listener("narrow", ports.narrow, "db", { connectionsPerClient: 2 })], services });
    await until("it answers", async () => (await hello(ports.narrow)) === "open:hello");
    const held = [client(ports.narrow), client(ports.narrow)];
    for (const { say } of held) assert.equal(await say("held"), "open:held");
    assert.equal(await hello(ports.narrow), "");
    for (const { socket } of held) socket.destroy();
    await until("a place is free again", async () => (await hello(ports.narrow)) === "open:hello");
    const closed = listener("narrow", ports.narrow, "db", { ipAllow: ["192.0.2.0/24"] });
    tell({ listeners: [closed], services });
    await until("nobody gets in", async () => (await hello(ports.narrow)) === "");
    await until("both are counted", async () => {
      const text = await metrics();
      return ["limited", "notAllowed"].every((outcome) =>
        text.includes(`portway_listener_connections_total{listener="narrow",outcome="${outcome}"}`),
      );
    });
  });

  test("passes TLS on unopened to the service of the name, and closes on names that nobody listed", async () => {
    const [a, b] = [await tlsTarget("a.test"), await tlsTarget("deep.b.test")];
    const to = [
      { names: ["a.test"], service: "a" },
      { names: ["*.b.test"], service: "b" },
    ];
    tell({ listeners: [listener("tls", ports.tls, to)], services: { a: service(a), b: service(b) } });
    await until("the first name answers", async () => (await helloTls("a.test")) === "a.test");
    assert.equal(await helloTls("deep.b.test"), "deep.b.test");
    assert.equal(await helloTls("c.test"), undefined);
    const { socket, say } = client(ports.tls);
    assert.equal(await say("GET / HTTP/1.1\r\n\r\n"), ""); // no TLS at all
    socket.destroy();
    const log = () => readFileSync(join(rig.paths.edge, "logs", "connections.log"), "utf8");
    await until("the log has the name that nobody listed", () => /"serverName":"c\.test","status":500/.test(log()));
  });

  test("whose port is taken keeps those of before, and status says why", async () => {
    const target = await namedTarget("kept");
    const services = { db: service(target.port) };
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services });
    await until("it answers", async () => (await hello(ports.tcp)) === "kept:hello");
    tell({ listeners: [listener("tcp", ports.tcp, "db"), listener("taken", web.port, "db")], services });
    const refusal = () => edge.status().warnings?.find(({ code }) => code === "listenersRefused");
    await until("status says it", () => refusal() !== undefined);
    assert.match(refusal()!.text, new RegExp(`127\\.0\\.0\\.1:${web.port}.*in use`, "i"));
    assert.equal(await hello(ports.tcp), "kept:hello");
    tell({ listeners: [listener("tcp", ports.tcp, "db")], services });
    await until("all is well again", () => refusal() === undefined);
  });

  test("whose nginx is killed is there again", async () => {
    const pidFile = join(rig.paths.runDir, "nginx", "stream.pid");
    const pid = Number(readFileSync(pidFile, "utf8"));
    process.kill(pid, "SIGKILL");
    await until("another runs", () => Number(readFileSync(pidFile, "utf8")) !== pid);
    await until("it answers", async () => (await hello(ports.tcp)) === "kept:hello");
  });

  test("that the file takes out takes no new connection; the open ones end by themselves", async () => {
    const { socket, say } = client(ports.tcp);
    assert.equal(await say("one"), "kept:one");
    tell(undefined);
    await until("nobody listens", async () => (await hello(ports.tcp)) === "");
    assert.equal(await say("two"), "kept:two");
    socket.destroy();
  });
});
