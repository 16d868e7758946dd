// client ──▶ nginx (owned by the edge process, told by the test) ──▶ target; all on loopback.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Edge } from "../../src/edge/main.ts";
import { request } from "../../src/lib/http.ts";
import type { NginxObject } from "../../src/wire/edge.ts";
import type { Objects } from "../../src/wire/objects.ts";
import type { EdgeTop } from "../../src/wire/top.ts";
import type { WhyReport } from "../../src/wire/why.ts";
import { freePort } from "../lab/free-port.ts";
import { ask, askHttp2, openWebSocket } from "./edge-client.ts";
import {
  type EdgeRig,
  echoTarget,
  edgeRig,
  nginxObject,
  plugin,
  routeTo,
  serviceAt,
  type Target,
  until,
} from "./edge-rig.ts";

let rig: EdgeRig;
let edge: Edge;
let target: Target;
let http: number;
let https: number;
let nginx: NginxObject;
let routes: Objects;
let told = 0;

const master = () => rig.masterPid();
const workers = () => rig.workers();

/** Tells the edge a state and waits until it is in force as a whole. */
async function tell(change: Partial<NginxObject>, objects: Objects): Promise<void> {
  nginx = { ...nginx, ...change };
  routes = objects;
  rig.tell({ nginx: JSON.stringify(nginx), ...objects });
  told++;
  await until("the state is in force", () => edge.status().revision === told);
}

before(async () => {
  rig = edgeRig();
  target = await echoTarget();
  [http, https] = [await freePort(), await freePort()];
  nginx = {
    ...nginxObject,
    http: { port: http, redirect: true },
    https: { port: https },
    selfSignedNames: ["api.test"],
  };
  routes = { ...routeTo("all", "target"), ...serviceAt("target", [target.port]) };
  rig.tell({ nginx: JSON.stringify(nginx), ...routes });
  told++;
  edge = await rig.start();
  await until("the first state is in force", () => edge.status().revision === 1);
});

after(async () => {
  await rig.end();
  await target.close();
});

describe("an edge serves", () => {
  test("HTTPS over HTTP/1.1 and HTTP/2, and tells the target who asked", async () => {
    const answer = await ask({
      port: https,
      path: "/orders?x=1",
      headers: { "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6", "x-request-id": "mine" },
    });
    assert.equal(answer.status, 200);
    const seen = JSON.parse(answer.body) as { url: string; headers: Record<string, string> };
    assert.equal(seen.url, "/orders?x=1");
    assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(seen.headers["x-forwarded-proto"], "https");
    assert.equal(seen.headers["forwarded"], undefined);
    assert.equal(seen.headers["x-request-id"], answer.headers["x-request-id"]);
    assert.notEqual(answer.headers["x-request-id"], "mine");
    const second = await askHttp2({ port: https, path: "/orders" });
    assert.equal(second.status, 200);
    assert.equal((JSON.parse(second.body) as { url: string }).url, "/orders");
  });

  test("WebSockets", async () => {
    const socket = await openWebSocket({ port: https, path: "/socket" });
    assert.equal(await socket.say("hello"), "hello");
    assert.equal(await socket.say("again"), "again");
    socket.close();
  });

  test("bodies, also those too large for memory, and none beyond the limit", async () => {
    for (const bytes of [10, 900_000]) {
      const answer = await ask({ port: https, method: "POST", body: "x".repeat(bytes) });
      assert.equal((JSON.parse(answer.body) as { bytes: number }).bytes, bytes);
    }
    const refused = await ask({ port: https, method: "POST", headers: { "content-length": "2000000" } }).catch(
      () => undefined,
    );
    assert.equal(refused?.status, 413);
    assert.equal(refused?.headers["content-type"], "application/problem+json");
  });

  test("a redirect from HTTP that keeps method, path and query", async () => {
    const answer = await ask({ port: http, isSecure: false, path: "/a?b=c" });
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.location, `https://api.test:${https}/a?b=c`);
  });

  test("no name that it has no certificate for", async () => {
    await assert.rejects(ask({ port: https, name: "other.test" }), /handshake|unrecognized|alert|ECONNRESET/i);
  });

  test("errors of nginx's own as problem documents", async () => {
    for (const to of [{ port: https }, { port: http, isSecure: false }]) {
      const long = await ask({ ...to, headers: { "x-long": "x".repeat(20_000) } });
      assert.equal(long.headers["content-type"], "application/problem+json");
      const { status, requestId } = JSON.parse(long.body) as { status: number; requestId: string };
      assert.deepEqual([status, requestId], [long.status, long.headers["x-request-id"]]);
    }
  });

  test("metrics and health", async () => {
    await until("requests are counted", async () => {
      const { body } = await request({ url: `http://127.0.0.1:${edge.metricsPort}`, path: "/metrics" });
      return (
        /^portway_requests_total\{route="all",status_class="2xx"\} [1-9]/m.test(body) &&
        /^portway_requests_total\{route="-",status_class="3xx"\} [1-9]/m.test(body) &&
        /portway_nginx_up 1/.test(body)
      );
    });
    const health = await request({ socketPath: rig.paths.edgeSocket, path: "/health" });
    assert.equal(health.status, 200);
    await until("control was told", () => rig.reported()?.revision === told);
  });

  test("why a request failed, when control asks", async () => {
    const { headers } = await ask({ port: https, path: "/a%2Fb?secret=1" });
    const { id, answer } = await rig.ask({ kind: "why", request: headers["x-request-id"] as string });
    assert.equal(id, 7);
    const [report, ...others] = answer as WhyReport[];
    assert.deepEqual([report!.status, report!.refusedBy, others.length], [400, "path", 0]);
    assert.doesNotMatch(JSON.stringify(answer), /secret/);
    assert.ok(((await rig.ask({ kind: "why" })).answer as WhyReport[]).some((one) => one.id === report!.id));
    for (const request of ["0123456789ab-1", "../state", "x y"]) {
      assert.deepEqual((await rig.ask({ kind: "why", request })).answer, []);
    }
  });

  test("what goes through it now, when control asks", async () => {
    await until("the route is told with its rate and its times", async () => {
      await ask({ port: https, path: "/orders" });
      const { routes, services } = (await rig.ask({ kind: "top" })).answer as EdgeTop;
      const row = routes.find(({ name }) => name === "all");
      return row !== undefined && row.p99Ms !== undefined && services.some(({ name }) => name === "target");
    });
  });

  test("an access log of JSON lines without queries", async () => {
    const path = join(rig.paths.edge, "logs", "access.log");
    await until("lines are flushed", () => readFileSync(path, "utf8").split("\n").length > 5);
    const lines = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const line = lines.find((one) => one["url.path"] === "/orders")!;
    const { timestamp, ...rest } = line;
    assert.ok(Math.abs((timestamp as number) * 1000 - Date.now()) < 60_000);
    assert.match(rest["portway.request.id"] as string, /^[0-9a-f]{12}-\d+$/);
    assert.ok((rest["http.server.request.duration"] as number) >= 0);
    assert.match(rest["portway.upstream.duration"] as string, /^[\d.]+$/);
    assert.deepEqual(
      ["client.address", "http.request.method", "url.scheme", "server.address", "http.response.status_code"].map(
        (name) => rest[name],
      ),
      ["127.0.0.1", "GET", "https", "api.test", 200],
    );
    assert.ok((rest["http.response.body.size"] as number) > 0);
    const versions = new Set(
      lines.filter((one) => one["url.path"] === "/orders").map((one) => one["network.protocol.version"]),
    );
    assert.deepEqual(versions, new Set(["1.1", "2"]));
    assert.equal(Object.keys(line).length, 12);
    assert.doesNotMatch(JSON.stringify(lines), /x=1/);
  });

  test("errors that nginx finds are logged with the client's method and path, and every line is JSON in UTF-8", async () => {
    const raw = async (head: string) => {
      const socket = connectTls({ host: "127.0.0.1", port: https, servername: "api.test", rejectUnauthorized: false });
      socket.on("error", () => {});
      socket.write(`${head}Host: api.test\r\nConnection: close\r\n\r\n`);
      await new Promise((resolve) => socket.once("data", resolve).once("close", resolve));
      socket.destroy();
    };
    await raw("POST /too/large?secret=1 HTTP/1.1\r\nContent-Length: 99999999\r\n");
    await raw("TRACE /traced HTTP/1.1\r\n");
    await raw("GET /%ff%fe?secret=2 HTTP/1.1\r\n");
    await raw("GET /a%20b HTTP/1.1\r\n");
    const lines = () => {
      const bytes = readFileSync(join(rig.paths.edge, "logs", "access.log"));
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const told = (path: string) => {
      const line = lines().find((one) => one["url.path"] === path);
      return line && [line["http.request.method"], line["http.response.status_code"]];
    };
    const paths = ["/too/large", "/traced", "/%ff%fe", "/a%20b"]; // answered before they are logged, by any worker
    await until("all are logged", () => paths.every((path) => told(path) !== undefined));
    assert.deepEqual(told("/too/large"), ["POST", 413]);
    assert.deepEqual(told("/traced"), ["TRACE", 405]);
    assert.equal(told("/%ff%fe")?.[0], "GET");
    assert.doesNotMatch(JSON.stringify(lines()), /secret|portway.error/);
  });

  test("the access log on standard output, when it is asked for", async () => {
    assert.equal(rig.accessLines(), "");
    const pid = master();
    await tell({ accessLogToStdout: true }, routes);
    await until("a line is there", async () => {
      await ask({ port: https, path: "/shown?x=1" });
      return rig.accessLines().includes('"url.path":"/shown"');
    });
    for (const line of rig.accessLines().trim().split("\n")) assert.equal(typeof JSON.parse(line), "object");
    assert.equal(master(), pid);
  });
});

describe("a change", () => {
  test("of routes is in force without a reload, in the same workers", async () => {
    const before = [master(), await workers()];
    await tell(
      {},
      { ...routes, ...routeTo("extra", "target", { paths: [{ kind: "exact", path: "/only" }], methods: ["PUT"] }) },
    );
    assert.equal((await ask({ port: https, path: "/only" })).status, 405);
    const { [`route/extra`]: _, ...rest } = routes;
    await tell({}, rest);
    assert.equal((await ask({ port: https, path: "/only" })).status, 200);
    assert.deepEqual([master(), await workers()], before);
  });

  test("of a JWKS file is in force without a reload", async () => {
    const jwks = join(rig.folder, "jwks.json");
    const secrets = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const write = (secret: Buffer) =>
      writeFileSync(
        jwks,
        JSON.stringify({ keys: [{ kty: "oct", alg: "HS256", kid: "k", k: secret.toString("base64url") }] }),
      );
    const answerWith = async (secret: Buffer) => {
      const token = tokenOf(secret);
      return (await ask({ port: https, path: "/private", headers: { authorization: `Bearer ${token}` } })).status;
    };
    write(secrets[0]!);
    const before = await workers();
    await tell(
      {},
      {
        ...routes,
        "keys/k": JSON.stringify({ kind: "file", path: jwks }),
        ...plugin("jwt/1", { plugin: "jwt", config: { audience: [], skewSeconds: 0, keys: "k" } }),
        ...routeTo("private", "target", { paths: [{ kind: "exact", path: "/private" }], plugins: ["plugin/jwt/1"] }),
      },
    );
    assert.deepEqual([await answerWith(secrets[0]!), await answerWith(secrets[1]!)], [200, 401]);
    write(secrets[1]!);
    await until("the new key is in force", async () => (await answerWith(secrets[1]!)) === 200);
    // Workers take it one after the other, within 50 ms.
    await until("the old key is no more", async () => (await answerWith(secrets[0]!)) === 401);
    writeFileSync(jwks, '{"keys":[');
    await until("the warning is there", () => edge.status().warnings?.[0]?.code === "keysUnreadable");
    assert.equal(await answerWith(secrets[1]!), 200);
    assert.deepEqual(await workers(), before);
  });

  test("that nginx's memory refuses is told with its reason, and the last one stays", async () => {
    const good = routes;
    rig.tell({ nginx: JSON.stringify(nginx), ...routes, "route/broken": '{"name":"broken"' });
    told++;
    await until("the refusal is told", () => edge.status().snapshotError !== undefined);
    assert.match(edge.status().snapshotError!, /broken/);
    await until("control was told", () => rig.reported()?.snapshotError !== undefined);
    assert.equal((await ask({ port: https })).status, 200);
    await tell({}, good);
    assert.equal(edge.status().snapshotError, undefined);
  });

  test("of nginx.conf that nginx refuses is told with its reason, and the old one stays", async () => {
    const before = await workers();
    const busy = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => busy.once("listening", resolve));
    const taken = (busy.address() as { port: number }).port;
    const bad: [Partial<NginxObject>, RegExp][] = [
      [{ trustedProxies: ["10.0.0.0/99"] }, /invalid value "10.0.0.0\/99"|10\.0\.0\.0\/99/],
      [{ http: { port: taken, redirect: true } }, new RegExp(`127.0.0.1:${taken}.*in use`)],
    ];
    for (const [change, reason] of bad) {
      rig.tell({ nginx: JSON.stringify({ ...nginx, ...change }), ...routes });
      told++;
      await until("the refusal is told", () => reason.test(edge.status().nginx.configError ?? ""));
      assert.equal((await ask({ port: https })).status, 200);
      assert.deepEqual(await workers(), before);
    }
    busy.close();
    await tell({}, routes);
    await until("it is well again", () => edge.status().nginx.configError === undefined);
    assert.deepEqual(await workers(), before);
  });

  test("of listeners is in force after a reload", async () => {
    const pid = master();
    const plain = await freePort();
    await tell({ http: { port: plain, redirect: false } }, routes);
    await until(
      "the new port answers",
      async () => (await ask({ port: plain, isSecure: false }).catch(() => undefined))?.status === 200,
    );
    assert.equal(master(), pid);
    await until("the old port is closed", () =>
      ask({ port: http, isSecure: false }).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
      ),
    );
  });

  test("of nginx.conf, twenty times under load, fails no request and closes no WebSocket", async () => {
    const socket = await openWebSocket({ port: https });
    const stop = new AbortController();
    const statuses = new Map<number | string, number>();
    const client = async () => {
      while (!stop.signal.aborted) {
        const status = await ask({ port: https }).then(
          (answer) => answer.status,
          (error: Error) => error.message,
        );
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client(), client()];
    try {
      for (let i = 1; i <= 20; i++) {
        const before = await workers();
        rig.tell({ nginx: JSON.stringify({ ...nginx, maxBodyBytes: nginx.maxBodyBytes + i }), ...routes });
        told++;
        await until("new workers serve", async () => (await workers()).every((pid) => !before.includes(pid)));
        assert.equal(await socket.say("still here"), "still here");
      }
    } finally {
      stop.abort();
      await Promise.all(clients);
    }
    assert.deepEqual([...statuses.keys()], [200]);
    assert.ok(statuses.get(200)! > 100);
    socket.close();
  });
});

function tokenOf(secret: Buffer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", kid: "k" })}.${part({ sub: "me", exp: Math.floor(Date.now() / 1000) + 300 })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
