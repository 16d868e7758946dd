import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { waitFor } from "../../../test/lab/wait-for.ts";
import { type Door, type Lines, openLines } from "../../lib/http.ts";
import { silentLog } from "../../lib/log.ts";
import type { HostDetail } from "../../wire/hosts.ts";
import { instanceHeader } from "../../wire/join.ts";
import { type AgentStatus, maxPostLength, type Post, type StreamMessage, streamProtocol } from "../../wire/stream.ts";
import { demand, openStream, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

let control: TestControl;
let door: Door;
/** What control logged of streams that it ended. */
const ended: object[] = [];
before(async () => {
  const warn = (fields: object, message: string) => void (message.startsWith("ended") && ended.push(fields));
  control = await startTestControl({ log: { ...silentLog, warn } });
  await control.apply(smallFile);
  door = await control.join("api-1");
});
after(() => control.close());

const path = "/v1/stream?part=mesh";
const status: AgentStatus = {
  program: "agent",
  capability: 1,
  version: "0.1.0",
  revision: 1,
  wireguard: "kernel",
  peers: [],
  clockMs: 0,
};

async function exchange(from: Door = door) {
  const stream = await openLines({ ...from, path, upgrade: streamProtocol });
  const lines = stream.lines[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : (JSON.parse(value) as StreamMessage);
  };
  /** The next answer to a post; a state may come before. */
  const answered = async () => {
    for (;;) {
      const message = await next();
      if (message === undefined || message.type === "posted") return message;
    }
  };
  const post = (id: number, route: string, body: unknown) =>
    stream.send!(JSON.stringify({ type: "post", id, route: route as Post["route"], body } satisfies Post));
  return { ...stream, next, answered, post };
}

const agentOf = async (name: string) =>
  (await demand<HostDetail>(control.local, "hostGet", { path: { name } })).agent?.revision;

test("a host that asks for it posts over its stream, each post is answered in order, and the state comes as ever", async () => {
  const stream = await exchange();
  assert.equal(stream.status, 101);
  assert.equal((await stream.next())?.type, "hello");
  assert.equal((await stream.next())?.type, "snapshot");
  stream.post(1, "selfStatus", { ...status, revision: 41 });
  stream.post(2, "selfAnswer", { id: 5_000, answer: [] });
  stream.post(3, "selfStatus", { ...status, revision: 42 });
  const answers = [await stream.answered(), await stream.answered(), await stream.answered()];
  assert.deepEqual(
    answers,
    [1, 2, 3].map((id) => ({ type: "posted", id })),
  );
  assert.equal(await agentOf("api-1"), 42);
  stream.close();
});

test("what a request of its own would be refused for is refused over a stream, which goes on", async () => {
  const stream = await exchange();
  for (const [id, route, body, code] of [
    [1, "selfStatus", { ...status, peers: "many" }, "invalidRequest"],
    [2, "selfLeave", {}, "notFound"],
    [3, "toString", {}, "notFound"],
  ] as const) {
    stream.post(id, route, body);
    const answer = await stream.answered();
    assert.deepEqual([answer?.id, answer?.problem?.code], [id, code]);
  }
  stream.post(4, "selfStatus", status);
  assert.deepEqual(await stream.answered(), { type: "posted", id: 4 });
  stream.close();
});

test("a line that nobody can read, or one without end, ends the stream, and control logs whose and why", async () => {
  for (const line of ["no JSON", JSON.stringify({ type: "post", id: 1, body: "x".repeat(2 * 1024 * 1024) })]) {
    const stream = await exchange();
    stream.send!(line);
    await assert.rejects(async () => {
      assert.equal(await stream.answered(), undefined);
      throw new Error("it ended");
    });
    stream.close();
  }
  assert.deepEqual(ended, [
    { host: "host:api-1", reason: "a post is not JSON" },
    { host: "host:api-1", reason: `a post is too long: ${maxPostLength} characters at most` },
  ]);
});

test("who is no host, or asks wrongly, is refused with a problem as by any other request", async () => {
  const problemOf = async ({ status, lines }: Lines) => {
    let body = "";
    for await (const line of lines) body += line;
    return [status, (JSON.parse(body) as { code: string }).code];
  };
  const asked = (from: Door, target: string) => openLines({ ...from, path: target, upgrade: streamProtocol });
  assert.deepEqual(await problemOf(await asked(control.stranger, path)), [401, "unauthenticated"]);
  assert.deepEqual(await problemOf(await asked(door, "/v1/stream")), [400, "invalidRequest"]);
  const elsewhere = await asked(door, "/v1/spec");
  assert.deepEqual(await problemOf(elsewhere), [403, "forbidden"], "another path takes up no other protocol");
  const other = await openLines({ ...door, path, upgrade: "websocket" });
  assert.deepEqual([other.status, other.send], [200, undefined]);
  other.close();
});

test("a host that does not ask for it has a stream of one way, as older ones do", async () => {
  const { status: answer, send, close } = await openStream(door, "mesh");
  assert.deepEqual([answer, send], [200, undefined]);
  close();
});

test("a host that is removed cannot post any more by the stream that it had", async () => {
  const leaver = await control.join("api-2");
  const stream = await exchange(leaver);
  await stream.next();
  await stream.next();
  await demand(control.local, "hostRemove", { path: { name: "api-2" } });
  stream.post(1, "selfStatus", status);
  const seen: string[] = [];
  for (let message = await stream.next(); message !== undefined; message = await stream.next().catch(() => undefined)) {
    if (message.type !== "posted" || message.problem === undefined) seen.push(message.type);
  }
  assert.deepEqual(seen, ["removed"]);
  assert.equal((await refused(leaver, "selfStatus", { body: status })).code, "hostRemoved");
});

test("a removed host that never ends its connection keeps its name from nobody, and the connection is ended", async () => {
  const asked = async (from: Door, instance: string) => {
    const headers = [`GET ${path} HTTP/1.1`, "Host: control", "Connection: upgrade", `Upgrade: ${streamProtocol}`];
    const { port } = new URL(from.url!);
    const { ca, cert, key } = from;
    const neverEnds = { allowHalfOpen: true }; // which the types of TLS do not know of
    const socket = connect({ host: "127.0.0.1", port: Number(port), ca, cert, key, ...neverEnds });
    let seen = "";
    socket.on("error", () => {}).on("data", (chunk: Buffer) => (seen += chunk.toString()));
    socket.write(`${[...headers, `${instanceHeader}: ${instance}`].join("\r\n")}\r\n\r\n`);
    return { socket, seen: () => seen };
  };
  const old = await asked(await control.join("api-2"), "old");
  await waitFor(() => old.seen().includes('"snapshot"'), { what: "its state" });
  await demand(control.local, "hostRemove", { path: { name: "api-2" } });
  await waitFor(() => old.seen().includes('"removed"'), { what: "the farewell" });
  const rebuilt = await asked(await control.join("api-2"), "new");
  await waitFor(() => rebuilt.seen().includes('"snapshot"'), { what: "the state of the one that took its place" });
  const isGone = () => {
    old.socket.write("{}\n");
    return old.socket.destroyed;
  };
  await waitFor(isGone, { what: "the end of the first, which learns of it by what it says" });
  rebuilt.socket.destroy();
});

test("control ends although a host keeps its connection", async () => {
  const other = await startTestControl();
  await other.apply(smallFile);
  const stream = await exchange(await other.join("db-1"));
  await stream.next();
  await other.close();
  await waitFor(
    () =>
      stream.next().then(
        (message) => message === undefined,
        () => true,
      ),
    { what: "the stream's end" },
  );
});
