import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lines } from "../lib/http.ts";
import { AppError, toProblem } from "../wire/errors.ts";
import { maxPostLength } from "../wire/stream.ts";
import { createPosts } from "./posts.ts";

/** A stream whose other end is the test: `say` sends it a line, `sent` are those that it sent. */
function stream(goesBothWays = true) {
  const sent: string[] = [];
  const said: string[] = [];
  let wake: () => void = () => {};
  let ended = false;
  const lines = (async function* () {
    for (;;) {
      while (said.length > 0) yield said.shift()!;
      if (ended) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  })();
  const opened: Lines = {
    ...{ status: 200, headers: {}, lines, close() {} },
    ...(goesBothWays && { send: (line: string) => void sent.push(line) }),
  };
  const say = (message: object) => {
    said.push(JSON.stringify(message));
    wake();
  };
  const end = () => {
    ended = true;
    wake();
  };
  return { opened, sent, say, end };
}

const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;

test("posts go by the stream, and its reader sees all lines but what answers them", async () => {
  const posts = createPosts();
  const { opened, sent, say, end } = stream();
  const seen = Array.fromAsync(posts.through(opened));
  assert.ok(posts.areTaken());
  const first = posts.post("selfStatus", { revision: 1 });
  const second = posts.post("selfAnswer", { id: 7 });
  assert.deepEqual(
    sent.map((line) => JSON.parse(line)),
    [
      { type: "post", id: 1, route: "selfStatus", body: { revision: 1 } },
      { type: "post", id: 2, route: "selfAnswer", body: { id: 7 } },
    ],
  );
  say({ type: "ping" });
  say({ type: "posted", id: 1 });
  say({ type: "posted", id: 2, problem: toProblem(new AppError("invalidRequest", "no")) });
  await first;
  await assert.rejects(second, code("invalidRequest"));
  end();
  assert.deepEqual(await seen, ['{"type":"ping"}']);
});

test("a post whose stream ends, and one without a stream, are not taken", async () => {
  const posts = createPosts();
  const { opened, end } = stream();
  const seen = Array.fromAsync(posts.through(opened));
  const waiting = posts.post("selfStatus", {});
  end();
  await assert.rejects(waiting, code("unreachable"));
  await seen;
  await assert.rejects(posts.post("selfStatus", {}), code("unreachable"));
  assert.ok(posts.areTaken(), "the stream is opened anew, and takes the next");
});

test("a post that control could not read is refused by its sender, and the stream goes on", async () => {
  const posts = createPosts();
  const { opened, sent, say, end } = stream();
  const seen = Array.fromAsync(posts.through(opened));
  await assert.rejects(posts.post("selfStatus", { error: "x".repeat(maxPostLength) }), code("tooLarge"));
  assert.deepEqual(sent, []);
  const next = posts.post("selfStatus", {});
  say({ type: "posted", id: 2 });
  await next;
  end();
  await seen;
});

test("a post that is given up waits no longer", async () => {
  const posts = createPosts();
  const { opened, end } = stream();
  const seen = Array.fromAsync(posts.through(opened));
  const stop = new AbortController();
  const waiting = posts.post("selfStatus", {}, stop.signal);
  stop.abort();
  await assert.rejects(waiting, code("unreachable"));
  await assert.rejects(posts.post("selfStatus", {}, stop.signal), code("unreachable"));
  end();
  await seen;
});

test("a control that does not take posts by streams gets them by requests", async () => {
  const posts = createPosts();
  const { opened, end } = stream(false);
  const seen = Array.fromAsync(posts.through(opened));
  assert.ok(!posts.areTaken());
  end();
  await seen;
});
