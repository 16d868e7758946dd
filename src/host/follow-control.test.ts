import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "../lib/clock.ts";
import { AppError } from "../wire/errors.ts";
import { nothingFollowed } from "../wire/follow.ts";
import { digestOf } from "../wire/objects.ts";
import type { StreamMessage } from "../wire/stream.ts";
import type { ControlClient } from "./control-client.ts";
import { controlSource } from "./follow-control.ts";

const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
const one = { a: "1" };
const hello: StreamMessage = { type: "hello", capability: 1, revision: 4, digest: digestOf(one) };
const snapshot: StreamMessage = { type: "snapshot", to: 4, objects: one, digest: digestOf(one) };

/** Each connection gives the next list of messages, or an error; then the signal aborts. */
function scripted(replies: readonly (readonly StreamMessage[] | AppError)[]) {
  const end = new AbortController();
  const asked: (string | undefined)[] = [];
  const client: ControlClient = {
    post: async () => {},
    call: async () => ({}) as never,
    async openStream(_, digest) {
      const reply = replies[asked.length];
      asked.push(digest);
      if (asked.length >= replies.length) queueMicrotask(() => end.abort());
      if (reply instanceof AppError) throw reply;
      const lines = (async function* () {
        for (const message of reply ?? []) yield JSON.stringify(message);
      })();
      return { status: 200, headers: {}, lines, close() {} };
    },
  };
  return { client, asked, signal: end.signal };
}

function sinkOf() {
  const seen: string[] = [];
  return {
    seen,
    sink: {
      onState: ({ revision }: { revision: number }) => void seen.push(`state ${revision}`),
      onRemoved: () => void seen.push("removed"),
      onConnection: (failure: string | undefined) => void seen.push(failure ?? "connected"),
    },
  };
}

describe("control as a source of states", () => {
  test("asks for what it does not hold, and for a snapshot once the two differ", async () => {
    const wrong: StreamMessage = { type: "delta", from: 9, to: 10, upserts: {}, removes: [], digest: digestOf(one) };
    const { client, asked, signal } = scripted([[hello, snapshot, wrong], [hello, snapshot], []]);
    const { seen, sink } = sinkOf();
    await controlSource(client, "edge", clock)(nothingFollowed, sink, signal);
    assert.deepEqual(asked, [digestOf({}), undefined, digestOf(one)]);
    assert.deepEqual(
      seen.filter((line) => line.startsWith("state") || line.startsWith("delta")),
      ["state 4", "delta builds on revision 9, here is 4", "state 4", "state 4"],
    );
  });

  test("ends when control has removed the host, by the stream or by refusing it", async () => {
    for (const reply of [[{ type: "removed" }] as const, new AppError("hostRemoved", "removed")]) {
      const { client, asked, signal } = scripted([reply, [hello], [hello]]);
      const { seen, sink } = sinkOf();
      await controlSource(client, "edge", clock)(nothingFollowed, sink, signal);
      assert.equal(asked.length, 1);
      assert.ok(seen.includes("removed"));
    }
  });

  test("says why there is no connection and tries again", async () => {
    const { client, asked, signal } = scripted([new AppError("unreachable", "control does not answer: x"), [hello]]);
    const { seen, sink } = sinkOf();
    await controlSource(client, "edge", clock)(nothingFollowed, sink, signal);
    assert.equal(asked.length, 2);
    assert.equal(seen[0], "control does not answer: x");
  });
});
