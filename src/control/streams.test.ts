import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Door, Lines } from "../lib/http.ts";
import { type Followed, follower } from "../wire/follow.ts";
import { meshFromObjects } from "../wire/mesh.ts";
import type { StreamMessage, StreamPart } from "../wire/stream.ts";
import { demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

let control: TestControl;
let doors: Record<string, Door>;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  doors = {};
  for (const name of ["edge-1", "api-1", "api-2", "db-1"]) doors[name] = await control.join(name);
});
after(() => control.close());

/** A host's end of a stream, read as agents read it. */
async function follow(door: Door, part: StreamPart = "mesh", initial?: Followed) {
  const lines: Lines = await openStream(door, part, initial?.digest);
  const iterator = lines.lines[Symbol.asyncIterator]();
  const host = follower(initial);
  host.connected();
  const types: string[] = [];
  const next = async () => {
    const { value, done } = await iterator.next();
    if (done) return undefined;
    const message = JSON.parse(value) as StreamMessage;
    types.push(message.type);
    const result = host.feed(message);
    assert.notEqual(result.kind, "resync", JSON.stringify(result));
    return message;
  };
  return { next, types, state: host.state, close: lines.close };
}

/** Reads on until it is so; a stream that ends before is an error, and no reason to ask for ever. */
async function until({ next }: Awaited<ReturnType<typeof follow>>, isSo: () => boolean): Promise<void> {
  while (!isSo()) assert.ok(await next(), "the stream has ended");
}

const mesh = (state: Followed) => meshFromObjects(state.objects)!;

test("a host is greeted and gets a snapshot whose digest is right", async () => {
  const stream = await follow(doors["api-1"]!);
  await stream.next();
  await stream.next();
  assert.deepEqual(stream.types, ["hello", "snapshot"]);
  assert.equal(mesh(stream.state()).host.name, "api-1");
  assert.ok(mesh(stream.state()).pairs.length > 0);
  stream.close();
});

test("a host that holds the present state gets no snapshot, only what comes", async () => {
  const first = await follow(doors["api-1"]!);
  await first.next();
  await first.next();
  first.close();
  const second = await follow(doors["api-1"]!, "mesh", first.state());
  await second.next();
  await control.apply(smallFile.replace("tcp/8080", "tcp/8181"));
  await second.next();
  assert.deepEqual(second.types, ["hello", "delta"]);
  assert.equal(mesh(second.state()).inbound.find(({ host }) => host === "edge-1")?.allow[0]?.first, 8181);
  second.close();
  await control.apply(smallFile);
});

test("a digest of something else is answered with a snapshot", async () => {
  const stream = await follow(doors["api-1"]!, "mesh", { revision: 1, objects: {}, digest: "f".repeat(64) });
  await stream.next();
  assert.equal((await stream.next())?.type, "snapshot");
  stream.close();
});

test("only hosts that a change touches are told of it, with the objects that differ alone", async () => {
  const streams = await Promise.all(["edge-1", "api-1", "db-1"].map((name) => follow(doors[name]!)));
  for (const stream of streams) {
    await stream.next();
    await stream.next();
  }
  const [edge, api, db] = streams as [(typeof streams)[0], (typeof streams)[0], (typeof streams)[0]];
  const portFromEdge = () => mesh(api.state()).inbound.find(({ host }) => host === "edge-1")?.allow[0]?.first;
  await until(api, () => portFromEdge() === 8080); // what the last test applied may come yet
  const begun = api.types.length;
  await control.apply(smallFile.replace("tcp/5432", "tcp/5433"));
  const delta = (await db.next()) as Extract<StreamMessage, { type: "delta" }>;
  assert.deepEqual(
    Object.keys(delta.upserts).map((key) => key.replace(/\/.*/, "")),
    ["allow"],
    "what the rule allows, once for all hosts that it lets in",
  );
  await control.apply(smallFile.replace("tcp/5432", "tcp/5433").replace("tcp/8080", "tcp/8081"));
  await until(api, () => portFromEdge() === 8081);
  await control.apply(smallFile.replace("endpoint: edge.example.com:51820", "endpoint: other.example.com:51820"));
  await api.next();
  await db.next();
  assert.deepEqual(edge.types, ["hello", "snapshot"], "nothing of this is the edge's");
  assert.deepEqual(api.types.slice(begun), ["delta", "delta"]);
  for (const stream of streams) stream.close();
  await control.apply(smallFile);
});

test("changes that come in one go are told in one delta, and the states agree in the end", async () => {
  const stream = await follow(doors["db-1"]!);
  const untilPort = (port: number) => until(stream, () => mesh(stream.state())?.inbound[0]?.allow[0]?.first === port);
  await untilPort(5432);
  const before = stream.types.length;
  for (let port = 6000; port < 6010; port++) await control.apply(smallFile.replace("tcp/5432", `tcp/${port}`));
  await untilPort(6009);
  assert.ok(stream.types.length - before <= 10);
  stream.close();
  await control.apply(smallFile);
});

test("an edge follows its snapshot as a part of its own; a host that is none has an empty one", async () => {
  const edge = await follow(doors["edge-1"]!, "edge");
  await edge.next();
  await edge.next();
  assert.ok("nginx" in edge.state().objects);
  edge.close();
  const api = await follow(doors["api-1"]!, "edge");
  await api.next();
  await api.next();
  assert.deepEqual(api.state().objects, {});
  api.close();
});

test("a removed host is told, its stream ends, its credential is refused, and its peers let go of it", async () => {
  const removed = await follow(doors["api-2"]!);
  const peer = await follow(doors["db-1"]!);
  for (const stream of [removed, peer]) {
    await stream.next();
    await stream.next();
  }
  await demand(control.local, "hostRemove", { path: { name: "api-2" } });
  assert.equal((await removed.next())?.type, "removed");
  assert.equal(await removed.next(), undefined);
  for (const route of ["stream", "selfLeave"] as const) {
    const problem = await refused(doors["api-2"]!, route, { query: { part: "mesh" } });
    assert.deepEqual([problem.code, problem.status], ["hostRemoved", 403]);
  }
  await peer.next();
  assert.ok(!mesh(peer.state()).pairs.some(({ host }) => host === "api-2"));
  assert.deepEqual(mesh(peer.state()).host.released, ["api-2"]);
  peer.close();
});

test("a host that leaves is removed by its own word", async () => {
  const door = await control.join("guest");
  await demand(door, "selfLeave");
  assert.equal((await refused(door, "selfLeave")).code, "hostRemoved");
});

test("a person's confirmation reaches the host that holds removals", async () => {
  const stream = await follow(doors["db-1"]!);
  await stream.next();
  await stream.next();
  const before = mesh(stream.state()).host.removalsConfirmedAt;
  await demand(control.local, "hostConfirm", { path: { name: "db-1" } });
  await stream.next();
  assert.ok(mesh(stream.state()).host.removalsConfirmedAt > before);
  stream.close();
  assert.equal((await refused(control.local, "hostConfirm", { path: { name: "nobody" } })).code, "notFound");
});

test("an administrator has no stream, a host no administration, and a stream needs a part", async () => {
  assert.equal((await refused(control.local, "stream", { query: { part: "mesh" } })).code, "forbidden");
  assert.equal((await refused(doors["db-1"]!, "specGet")).code, "forbidden");
  assert.equal((await refused(doors["db-1"]!, "stream")).code, "invalidRequest");
  assert.equal(
    (await refused(doors["db-1"]!, "stream", { query: { part: "mesh", digest: "x" } })).code,
    "invalidRequest",
  );
});
