import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { AppError, toProblem } from "../wire/errors.ts";
import { postedOf, type StreamMessage } from "../wire/stream.ts";
import { createFeed } from "./feed.ts";

/** A connection that takes nothing until it is told to take all that comes. */
function connection() {
  let text = "";
  let open = false;
  let go: () => void = () => {};
  const outgoing = new Writable({
    highWaterMark: 1024,
    write(chunk: Buffer, _, done) {
      const take = () => {
        text += chunk.toString("utf8");
        done();
      };
      if (open) take();
      else go = take;
    },
  });
  const read = () => {
    open = true;
    go();
  };
  return { outgoing, read, lines: () => text.split("\n").slice(0, -1) };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));
const snapshot = (count: number): StreamMessage => ({
  type: "snapshot",
  to: 1,
  objects: Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, "y".repeat(1000)])),
  digest: "0",
});

test("messages arrive as what JSON makes of them, whatever their objects hold", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20_000 });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), text), fc.array(fc.string()), async (objects, removes) => {
      const outgoing = new PassThrough();
      const feed = createFeed(outgoing, () => {});
      const messages: StreamMessage[] = [
        { type: "hello", capability: 1, revision: 1, digest: "0" },
        { type: "snapshot", to: 1, objects, digest: "1" },
        { type: "delta", from: 1, to: 2, upserts: objects, removes, digest: "2" },
      ];
      for (const message of messages) void feed.send(message);
      outgoing.resume().setEncoding("utf8");
      let all = "";
      outgoing.on("data", (chunk: string) => (all += chunk));
      while (all.split("\n").length <= messages.length) await soon();
      const seen = all.split("\n").slice(0, -1);
      assert.deepEqual(
        seen.map((line) => JSON.parse(line)),
        messages.map((message) => JSON.parse(JSON.stringify(message))),
      );
    }),
    { numRuns: 30 },
  );
});

test("of a long message only a piece waits in a connection that takes nothing, and the rest comes once it does", async () => {
  const { outgoing, read, lines } = connection();
  let idle = 0;
  const feed = createFeed(outgoing, () => idle++);
  let taken = false;
  const sent = feed.send(snapshot(1000)).then(() => (taken = true));
  await soon();
  assert.ok(outgoing.writableLength < 64 * 1024, `${outgoing.writableLength} bytes wait`);
  assert.deepEqual([feed.isIdle(), taken, idle], [false, false, 0]);
  read();
  await sent;
  await soon();
  assert.deepEqual(JSON.parse(lines()[0]!), snapshot(1000));
  assert.deepEqual([feed.isIdle(), idle > 0], [true, true]);
});

test("an answer goes before states of which nothing was sent yet, after the answers before it, and is told by its line's beginning", async () => {
  const { outgoing, read, lines } = connection();
  const feed = createFeed(outgoing, () => {});
  const all = [
    feed.send(snapshot(20)),
    feed.send(snapshot(1)),
    feed.send({ type: "posted", id: 1 }),
    feed.send({ type: "ping" }),
    feed.send({ type: "posted", id: 2, problem: toProblem(new AppError("notFound", "no")) }),
  ];
  read();
  await Promise.all(all);
  await soon();
  assert.deepEqual(
    lines().map((line) => (JSON.parse(line) as StreamMessage).type),
    ["snapshot", "posted", "posted", "snapshot", "ping"],
  );
  assert.deepEqual(
    lines().map((line) => postedOf(line)?.id),
    [undefined, 1, 2, undefined, undefined],
  );
});

test("what is said between looks is told from what waits, and pings count for nothing", async () => {
  const { outgoing, read } = connection();
  const feed = createFeed(outgoing, () => {});
  assert.equal(feed.look(), "quiet");
  void feed.send({ type: "waiting" });
  assert.equal(feed.look(), "busy");
  assert.equal(feed.look(), "stuck");
  read();
  await soon();
  assert.equal(feed.look(), "busy");
  for (let count = 0; count < 3; count++) {
    assert.equal(feed.look(), "quiet");
    void feed.send({ type: "ping" });
    await soon();
  }
});

test("whoever waits for a connection that goes is let go, and nothing more is sent by it", async () => {
  const { outgoing } = connection();
  const feed = createFeed(outgoing, () => {});
  const sent = feed.send(snapshot(1000));
  feed.end("destroy");
  await sent;
  await feed.send({ type: "ping" });
});
