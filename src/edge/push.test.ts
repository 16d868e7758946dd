import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { silentLog } from "../lib/log.ts";
import type { SnapshotPush } from "../wire/edge-state.ts";
import { applyDelta, digestOf, type Objects } from "../wire/objects.ts";
import { snapshotPusher } from "./push.ts";

/** The contract of nginx's side (wire/edge.ts), in Node. */
class Gateway {
  revision = 0;
  objects: Objects = {};
  readonly pushes: SnapshotPush[] = [];
  refuse: string | undefined;
  readonly #server: Server;

  constructor(socketPath: string) {
    this.#server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const [status, answer] =
        request.url === "/state" ? [200, this.state()] : this.take(JSON.parse(body) as SnapshotPush);
      response.writeHead(status).end(JSON.stringify(answer));
    }).listen(socketPath);
  }

  state(extra: object = { workers: 2, ejected: {} }) {
    return { revision: this.revision, digest: digestOf(this.objects), ...extra };
  }

  take(push: SnapshotPush): [number, object] {
    this.pushes.push(push);
    if (!push.full && push.from !== this.revision) return [409, this.state({ workers: 2 })];
    const objects = push.full ? push.upserts : applyDelta(this.objects, push);
    const wrong = digestOf(objects) === push.digest ? this.refuse : "the digest is wrong";
    if (wrong !== undefined) return [422, this.state({ workers: 2, error: wrong })];
    this.objects = objects;
    this.revision = push.to;
    return [200, this.state({ workers: 2 })];
  }

  close = () => this.#server.close();
}

function setUp(t: { after: (end: () => void) => void }) {
  const folder = mkdtempSync(join(tmpdir(), "portway-push-"));
  const socketPath = join(folder, "nginx.sock");
  const gateway = new Gateway(socketPath);
  t.after(() => {
    gateway.close();
    rmSync(folder, { recursive: true });
  });
  const stateFile = join(folder, "snapshot.json");
  const pusher = () => snapshotPusher({ door: { socketPath }, stateFile, log: silentLog });
  return { folder, gateway, stateFile, pusher };
}

describe("a push of objects to nginx", () => {
  test("is of all objects first, then of what changed, and nothing when nothing did", async (t) => {
    const { gateway, pusher, stateFile } = setUp(t);
    const one = pusher();
    assert.deepEqual(await one.push({ a: "1", b: "2" }), { kind: "inForce", workers: 2 });
    await one.push({ b: "3", c: "4" });
    await one.push({ b: "3", c: "4" });
    assert.deepEqual(
      gateway.pushes.map(({ from, to, full, upserts, removes }) => ({ from, to, full, upserts, removes })),
      [
        { from: 0, to: 1, full: true, upserts: { a: "1", b: "2" }, removes: [] },
        { from: 1, to: 2, full: false, upserts: { b: "3", c: "4" }, removes: ["a"] },
      ],
    );
    const saved = { revision: 2, objects: { b: "3", c: "4" }, digest: digestOf({ b: "3", c: "4" }) };
    assert.deepEqual(one.inForce(), saved);
    one.save();
    assert.deepEqual(JSON.parse(readFileSync(stateFile, "utf8")), saved);
    assert.equal(statSync(stateFile).mode & 0o777, 0o640);
  });

  test("is needless after a restart of the edge process, and counts on from there", async (t) => {
    const { gateway, pusher } = setUp(t);
    const first = pusher();
    await first.push({ a: "1" });
    first.save();
    const next = pusher();
    assert.deepEqual(await next.push({ a: "1" }), { kind: "inForce", workers: undefined });
    assert.equal(gateway.pushes.length, 1);
    await next.push({ a: "2" });
    assert.deepEqual([gateway.pushes[1]?.full, gateway.pushes[1]?.from, gateway.pushes[1]?.to], [false, 1, 2]);
  });

  test("is of all objects again when nginx holds something else", async (t) => {
    const { gateway, pusher } = setUp(t);
    const one = pusher();
    await one.push({ a: "1" });
    gateway.revision = 9;
    gateway.objects = { z: "0" };
    assert.equal((await one.push({ a: "1", b: "2" })).kind, "inForce");
    assert.deepEqual(
      gateway.pushes.map(({ full, to }) => [full, to]),
      [
        [true, 1],
        [false, 2],
        [true, 10],
      ],
    );
    assert.deepEqual(gateway.objects, { a: "1", b: "2" });
  });

  test("that is refused leaves the last state in force, here and on disk", async (t) => {
    const { gateway, pusher, stateFile } = setUp(t);
    const one = pusher();
    await one.push({ a: "1" });
    gateway.refuse = "route/x: no service";
    assert.deepEqual(await one.push({ a: "2" }), { kind: "refused", reason: "route/x: no service" });
    assert.deepEqual(one.inForce().objects, { a: "1" });
    one.save();
    assert.deepEqual(JSON.parse(readFileSync(stateFile, "utf8")).objects, { a: "1" });
    gateway.refuse = undefined;
    assert.equal((await one.push({ a: "2" })).kind, "inForce");
  });

  test("to an nginx that does not answer is told as such, and made when it does", async (t) => {
    const { folder, stateFile } = setUp(t);
    const socketPath = join(folder, "later.sock");
    const one = snapshotPusher({ door: { socketPath }, stateFile, log: silentLog });
    assert.equal((await one.push({ a: "1" })).kind, "unreachable");
    const gateway = new Gateway(socketPath);
    t.after(gateway.close);
    assert.equal((await one.push({ a: "1" })).kind, "inForce");
  });
});
