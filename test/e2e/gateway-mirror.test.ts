// Copies of requests for another service.
//
//   client ──http──▶ nginx (1 worker) ─┬──────────▶ origin that describes what it saw
//                                      └─ copies ─▶ copies (good, silent, none, broken)
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { MirrorConfig, RouteObject } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import {
  describingOrigin,
  exchange,
  httpOrigin,
  type Origin,
  rawOrigin,
  type Seen,
  statuses,
} from "./gateway-origins.ts";

interface Copy {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

describe("the gateway copies requests", () => {
  const copies: Copy[] = [];
  const closers: { close: () => void }[] = [];
  let gateway: Gateway;

  before(async () => {
    const keep = <One extends Origin>(one: One): One => {
      closers.push(one);
      return one;
    };
    const origin = keep(await describingOrigin("app"));
    const shadow = keep(
      await httpOrigin((incoming, response) => {
        let body = "";
        incoming.on("data", (chunk) => {
          body += chunk;
        });
        incoming.on("end", () => {
          const { method = "", url = "", headers } = incoming;
          copies.push({ method, url, headers, body });
          response.end("x".repeat(100_000));
        });
      }),
    );
    const silent = keep(await rawOrigin(() => {}));
    const broken = keep(await httpOrigin((_incoming, response) => response.writeHead(500).end()));
    const to = (
      name: string,
      config: Partial<MirrorConfig>,
      plugins: readonly PluginObject[] = [],
      changes: Partial<RouteObject> = {},
    ) => route(name, { mirror: { service: "shadow", percent: 100, mostBytes: 1024, ...config }, ...changes }, plugins);
    const edits: PluginObject = {
      plugin: "requestHeaders",
      config: { set: [["X-Set", "edge"]], add: [], remove: ["X-Gone"] },
    };
    gateway = await startGateway({
      workers: 1,
      objects: {
        ...service("app", targetsAt(origin.port)),
        ...service("shadow", targetsAt(shadow.port)),
        ...service("silent", targetsAt(silent.port)),
        ...service("closed", targetsAt(await freePort())),
        ...service("broken", targetsAt(broken.port)),
        ...service("empty", []),
        ...to("all", {}, [edits]),
        ...to("tenth", { percent: 10 }),
        ...to("moved", {}, [], { rewrite: { prefix: "/new", host: "inside.test" } }),
        ...to("refusing", {}, [{ plugin: "ipAllow", config: { prefixes: ["192.0.2.0/24"] } }]),
        ...service("other", targetsAt(origin.port)),
        ...to("parted", {}, [], {
          service: undefined as never,
          split: { services: ["app", "other"].map((name) => ({ name, weight: 1 })) },
        }),
        ...to("small", {}, [], { maxBodyBytes: 10 }),
        ...to("idle", {}, [], { service: "empty" }),
        ...to("silent", { service: "silent" }),
        ...to("closed", { service: "closed" }),
        ...to("broken", { service: "broken" }),
        ...to("empty", { service: "empty" }),
      },
    });
  });
  after(async () => {
    await gateway.stop();
    for (const one of closers) one.close();
  });

  const ask = (name: string, path = "/", headers: Record<string, string> = {}, body?: string) =>
    request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path,
      headers: { host: `${name}.test`, ...headers },
      ...(body !== undefined && { method: "POST", body }),
    });
  const copiesOf = (name: string) => copies.filter(({ headers }) => headers["x-forwarded-host"] === `${name}.test`);
  const counted = async (name: string, outcome: string, atLeast = 1) => {
    const series = `portway_mirrored_total|route=${name},outcome=${outcome}`;
    const isThere = async () => ((await gateway.counters()).counters[series] ?? 0) >= atLeast;
    await waitFor(isThere, { what: `${outcome} of ${name}` });
  };

  test("with their body and the headers that a target gets", async () => {
    const reply = await ask("all", "/a%20b?c=%2F", { "x-own": "1", "x-gone": "1", "x-forwarded-for": "evil" }, "hello");
    assert.equal(reply.status, 200);
    await waitFor(() => copiesOf("all").length === 1, { what: "the copy" });
    const [{ method, url, headers, body }] = copiesOf("all") as [Copy];
    assert.deepEqual([method, url, body], ["POST", "/a%20b?c=%2F", "hello"]);
    assert.deepEqual([headers["x-own"], headers["x-set"], headers["x-gone"]], ["1", "edge", undefined]);
    assert.deepEqual([headers["host"], headers["x-forwarded-for"]], ["all.test", "127.0.0.1"]);
    assert.equal(headers["x-request-id"], reply.headers["x-request-id"]);
    const { headers: original } = JSON.parse(reply.body) as Seen;
    assert.deepEqual(
      Object.keys(headers).filter((name) => original[name] === undefined),
      ["connection"],
    );
    await counted("all", "sent");
  });

  test("with the path and host that the service gets", async () => {
    await ask("moved", "/x/%C3%A9");
    await waitFor(() => copiesOf("moved").length === 1, { what: "the copy" });
    const [{ url, headers }] = copiesOf("moved") as [Copy];
    assert.deepEqual([url, headers["host"]], ["/new/x/%C3%A9", "inside.test"]);
  });

  test("for the share that is asked for, and none that is refused", async () => {
    for (let i = 0; i < 40; i++) assert.equal((await ask("tenth")).status, 200);
    await counted("tenth", "sent", 4);
    assert.equal(copiesOf("tenth").length, 4);
    assert.equal((await ask("refusing")).status, 403);
    assert.equal((await ask("small", "/", {}, "x".repeat(100))).status, 413);
    const chunked =
      "POST / HTTP/1.1\r\nHost: small.test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n";
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked)), [413]);
    assert.equal((await ask("small", "/", {}, "x".repeat(10))).status, 200);
    assert.equal((await ask("idle")).status, 503);
    await ask("all", "/after");
    await waitFor(() => copiesOf("all").length >= 2, { what: "a later copy" });
    assert.deepEqual(
      ["refusing", "small", "idle"].map((name) => copiesOf(name).map(({ body }) => body)),
      [[], ["x".repeat(10)], []],
    );
  });

  test("once, also of a route over several services", async () => {
    for (let i = 0; i < 10; i++) assert.equal((await ask("parted", `/${i}`)).status, 200);
    await counted("parted", "sent", 10);
    assert.deepEqual(
      copiesOf("parted")
        .map(({ url }) => url)
        .sort(),
      Array.from({ length: 10 }, (_, i) => `/${i}`),
    );
  });

  test("and leaves out bodies that are large, or that tell no length", async () => {
    const before = copiesOf("all").length;
    assert.equal((await ask("all", "/", {}, "x".repeat(1025))).status, 200);
    const chunked =
      "POST / HTTP/1.1\r\nHost: all.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    assert.deepEqual(statuses(await exchange(gateway.httpPort, chunked)), [200]);
    await counted("all", "skipped", 2);
    assert.equal(copiesOf("all").length, before);
  });

  test("and answers as if there were none, when copies fail or hang", async () => {
    for (const name of ["closed", "broken", "empty"]) {
      assert.equal((await ask(name)).status, 200);
      await counted(name, "failed");
    }
    // more than may be under way at once, on one connection: each answered, the copies unanswered all the while
    const get = "GET / HTTP/1.1\r\nHost: silent.test\r\n\r\n";
    const text = await exchange(gateway.httpPort, get.repeat(80));
    assert.deepEqual(
      statuses(text),
      Array.from({ length: 80 }, () => 200),
    );
    await counted("silent", "dropped", 80 - 64);
    await counted("silent", "failed", 64);
    assert.doesNotMatch(gateway.errorLog(), /\[(alert|emerg|crit)\]|lua entry thread aborted|traceback/);
  });
});
