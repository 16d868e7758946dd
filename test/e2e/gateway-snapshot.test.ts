// Snapshots: in force in every worker without a reload, refused whole with a reason, there again after a reload or a death.
//
//   test ──unix socket──▶ nginx (2 workers) ──▶ origin
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import { digestOf, type Objects } from "../../src/wire/objects.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, type Origin } from "./gateway-origins.ts";

let origin: Origin;
let base: Objects;

before(async () => {
  origin = await describingOrigin("app");
  base = { ...service("app", targetsAt(origin.port)), ...route("a") };
});
after(() => origin.close());

async function statusOf(gateway: Gateway, host: string, path = "/"): Promise<number> {
  return (await request({ url: `http://127.0.0.1:${gateway.httpPort}`, path, headers: { host } })).status;
}

/** Asks on many connections at once, so that every worker answers some. */
async function statusesOf(gateway: Gateway, host: string): Promise<number[]> {
  const all = await Promise.all(Array.from({ length: 16 }, () => statusOf(gateway, host)));
  return [...new Set(all)];
}

async function withGateway(options: Parameters<typeof startGateway>[0], work: (gateway: Gateway) => Promise<void>) {
  const gateway = await startGateway(options);
  try {
    await work(gateway);
  } finally {
    await gateway.stop();
  }
}

test("routes come, change and go in every worker, without a reload", () =>
  withGateway({}, async (gateway) => {
    assert.equal((await gateway.state()).revision, 0);
    assert.deepEqual(await statusesOf(gateway, "a.test"), [404]);
    const pids = (await gateway.state()).workers.map(({ pid }) => pid);

    const first = await gateway.push(base);
    assert.deepEqual([first.status, first.revision, first.workers, first.digest], [200, 1, 2, digestOf(base)]);
    assert.deepEqual(await statusesOf(gateway, "a.test"), [200]);

    assert.equal((await gateway.push({ ...base, ...route("b"), ...route("a", { methods: ["POST"] }) })).status, 200);
    assert.deepEqual([await statusesOf(gateway, "a.test"), await statusesOf(gateway, "b.test")], [[405], [200]]);

    assert.equal((await gateway.push({ ...base })).status, 200);
    assert.deepEqual([await statusesOf(gateway, "a.test"), await statusesOf(gateway, "b.test")], [[200], [404]]);
    const { workers, revision } = await gateway.state();
    assert.deepEqual(
      workers,
      pids.map((pid) => ({ pid, revision })),
    );
  }));

test("targets, plugins and keys that change take their routes along", () =>
  withGateway({}, async (gateway) => {
    const other = await describingOrigin("other");
    const limit = (value: string): PluginObject => ({ plugin: "hsts", config: { value } });
    await gateway.push({ ...base, ...route("a", {}, [limit("max-age=1")]) });
    await gateway.push({ ...base, ...service("app", targetsAt(other.port)), ...route("a", {}, [limit("max-age=2")]) });
    assert.deepEqual(await statusesOf(gateway, "a.test"), [200]);
    assert.equal(other.count(), 16);
    other.close();
  }));

describe("refused, with the last snapshot in force and the reason told:", () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({});
    await gateway.push(base);
  });
  after(() => gateway.stop());

  const whole = (objects: Objects, changes: object = {}) =>
    JSON.stringify({
      from: 0,
      to: 9,
      full: true,
      upserts: objects,
      removes: [],
      digest: digestOf(objects),
      ...changes,
    });
  const plugin = (object: unknown) => ({ ...base, "plugin/x": JSON.stringify(object) });
  const pushes: Readonly<Record<string, () => readonly [body: string, status: number, reason: RegExp]>> = {
    "half of a push": () => [whole(base).slice(0, 200), 422, /not JSON/],
    nothing: () => ["", 422, /not JSON/],
    "another JSON": () => ['{"hello":"world"}', 422, /shape of a push/],
    "a wrong digest": () => [
      whole(base, { digest: "0".repeat(64) }),
      422,
      /digest of its objects is [0-9a-f]{64}, not 0000/,
    ],
    "an object changed on the way": () => [whole(base).replace("a.test", "b.test"), 422, /digest/],
    "another revision": () => [whole(base, { full: false, from: 7 }), 409, /builds on revision 7, in force is 1/],
    "an object that is not JSON": () => [whole({ ...base, "route/b": "{" }), 422, /route\/b: not JSON/],
    "an object of another shape": () => [
      whole({ ...base, "route/b": "{}" }),
      422,
      /route\/b: not the shape of a route/,
    ],
    "an unknown kind": () => [whole({ ...base, nginx: "{}" }), 422, /nginx: this gateway knows no such kind/],
    "an unknown service": () => [
      whole({ ...base, ...route("b", { service: "none" }) }),
      422,
      /route\/b: there is no service none/,
    ],
    "an unknown plugin object": () => [
      whole({ ...base, "route/b": route("b")["route/b"]!.replace('"plugins":[]', '"plugins":["plugin/x"]') }),
      422,
      /route\/b: there is no plugin\/x/,
    ],
    "a service that a route still names": () => [whole(route("a")), 422, /route\/a: there is no service app/],
    "a plugin of a later version": () => [
      whole(plugin({ plugin: "later", config: {} })),
      422,
      /plugin\/x: this gateway has no plugin later/,
    ],
    "keys that are not there": () => [
      whole(plugin({ plugin: "jwt", config: { audience: [], skewSeconds: 0, keys: "none" } })),
      422,
      /plugin\/x: there is no keys\/none/,
    ],
    "a prefix that is none": () => [
      whole(plugin({ plugin: "ipDeny", config: { prefixes: ["10.0.0.0/99"] } })),
      422,
      /plugin\/x: /,
    ],
    "a certificate that is none": () => [
      whole({ ...base, "certificate/x": JSON.stringify({ names: ["a.test"], certificatePem: "x", keyPem: "y" }) }),
      422,
      /certificate\/x: the certificate cannot be read/,
    ],
  };
  for (const [what, push] of Object.entries(pushes)) {
    test(what, async () => {
      const [body, status, reason] = push();
      const answer = await gateway.post(body);
      assert.equal(answer.status, status, String(answer.error));
      assert.match(answer.error ?? "", reason);
      assert.deepEqual([answer.revision, answer.digest], [1, digestOf(base)]);
      assert.match((await gateway.state()).lastError ?? "", reason);
      assert.deepEqual(await statusesOf(gateway, "a.test"), [200]);
    });
  }

  test("and a good push after all of these is taken, and ends the reason", async () => {
    assert.equal((await gateway.push({ ...base, ...route("b") })).status, 200);
    assert.equal((await gateway.state()).lastError, undefined);
    assert.deepEqual(await statusesOf(gateway, "b.test"), [200]);
  });
});

test("more than shared memory holds is refused, with the last snapshot in force", () =>
  withGateway({ edit: (conf) => conf.replace(/pw_objects \d+m/, "pw_objects 1m") }, async (gateway) => {
    assert.equal((await gateway.push(base)).status, 200);
    const large = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `keys/k${index}`,
        JSON.stringify({ keys: [], filler: "x".repeat(50_000) }),
      ]),
    );
    const answer = await gateway.push({ ...base, ...large });
    assert.equal(answer.status, 422);
    assert.match(answer.error ?? "", /shared memory is full/);
    assert.deepEqual(await statusesOf(gateway, "a.test"), [200]);
    assert.equal((await gateway.push({ ...base, ...route("b") })).status, 200);
  }));

test("old versions go: more is pushed than memory holds, over thirty pushes", () =>
  withGateway({ edit: (conf) => conf.replace(/pw_objects \d+m/, "pw_objects 2m") }, async (gateway) => {
    for (let round = 0; round < 30; round++) {
      const filler = {
        "keys/filler": JSON.stringify({ keys: [], filler: `${round}`.repeat(100_000).slice(0, 100_000) }),
      };
      const answer = await gateway.push({ ...base, ...filler });
      assert.equal(answer.status, 200, String(answer.error));
    }
  }));

test("the file of the last snapshot is in force from the start; one that is damaged is told, and a push heals it", () =>
  withGateway({}, async (empty) => {
    assert.equal((await empty.state()).revision, 0);
    await withGateway({ objects: base }, async (gateway) => {
      assert.deepEqual([(await gateway.state()).revision, await statusesOf(gateway, "a.test")], [1, [200]]);
    });
    const damaged = (conf: string) => {
      const file = /stateFile = "([^"]+)"/.exec(conf)![1]!;
      const text = readFileSync(file, "utf8");
      return conf.replace(file, "/proc/self/status").concat(text.length > 0 ? "" : " ");
    };
    await withGateway({ objects: base, edit: damaged }, async (gateway) => {
      assert.match((await gateway.state()).lastError ?? "", /\/proc\/self\/status: /);
      assert.deepEqual(await statusesOf(gateway, "a.test"), [404]);
    });
  }));

test("a reload and a killed worker lose nothing", () =>
  withGateway({}, async (gateway) => {
    await gateway.push(base);
    await gateway.push({ ...base, ...route("b") });
    const pidsBefore = (await gateway.state()).workers.map(({ pid }) => pid);
    gateway.reload();
    await waitFor(async () => (await gateway.state()).workers.every(({ pid }) => !pidsBefore.includes(pid)), {
      what: "new workers",
    });
    assert.deepEqual([await statusesOf(gateway, "a.test"), await statusesOf(gateway, "b.test")], [[200], [200]]);

    // what is pushed after the reload is not what the master read: the worker that follows has to catch up
    await gateway.push({ ...base, ...route("c") });
    const { workers } = await gateway.state();
    process.kill(workers[0]!.pid, "SIGKILL");
    await waitFor(
      async () => {
        const after = (await gateway.state().catch(() => undefined))?.workers ?? [];
        return after.length === 2 && after.every(({ pid, revision }) => pid !== workers[0]!.pid && revision === 3);
      },
      { what: "another worker with revision 3" },
    );
    const answers = [await statusesOf(gateway, "b.test"), await statusesOf(gateway, "c.test")];
    assert.deepEqual(answers, [[404], [200]]);
    assert.equal((await gateway.push({ ...base, ...route("d") })).workers, 2);
    assert.deepEqual([await statusesOf(gateway, "c.test"), await statusesOf(gateway, "d.test")], [[404], [200]]);
  }));

test("one route of 5,000 changes while requests go on; how long it took is printed", (t) =>
  withGateway({ workers: 1 }, async (gateway) => {
    const many: Record<string, string> = { ...base };
    for (let index = 0; index < 5000; index++) {
      Object.assign(
        many,
        route(`r${index}`, { hosts: ["many.test"], paths: [{ kind: "prefix", path: `/r${index}` }] }),
      );
    }
    const started = performance.now();
    const full = await gateway.push(many);
    assert.equal(full.status, 200, String(full.error));
    t.diagnostic(`5,000 routes in force after ${(performance.now() - started).toFixed(0)} ms`);
    assert.equal(await statusOf(gateway, "many.test", "/r4999/x"), 200);

    // made beforehand: the test's own work must not look like nginx's
    const changes = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((round) => {
      const upserts = route("r7", { hosts: ["many.test"], maxBodyBytes: round });
      const digest = digestOf({ ...many, ...upserts });
      return JSON.stringify({ from: round, to: round + 1, full: false, upserts, removes: [], digest });
    });
    let isOver = false;
    let longestMs = 0;
    const load = (async () => {
      while (!isOver) {
        const before = performance.now();
        await statusOf(gateway, "many.test", "/r1");
        longestMs = Math.max(longestMs, performance.now() - before);
      }
    })();
    const times: number[] = [];
    for (const change of changes) {
      const before = performance.now();
      const answer = await gateway.post(change);
      assert.equal(answer.status, 200, String(answer.error));
      times.push(performance.now() - before);
    }
    isOver = true;
    await load;
    const median = times.sort((a, b) => a - b)[4]!;
    t.diagnostic(
      `one of them in force after ${median.toFixed(0)} ms; slowest request meanwhile ${longestMs.toFixed(1)} ms`,
    );
  }));
