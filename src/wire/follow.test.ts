import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type FollowResult, followedFrom, follower, nothingFollowed } from "./follow.ts";
import { deltaOf, digestOf, type Objects } from "./objects.ts";
import type { StreamMessage } from "./stream.ts";

const hello = (revision: number, objects: Objects): StreamMessage => ({
  type: "hello",
  capability: 1,
  revision,
  digest: digestOf(objects),
});
const snapshot = (to: number, objects: Objects): StreamMessage => ({
  type: "snapshot",
  to,
  objects,
  digest: digestOf(objects),
});
const delta = (from: number, to: number, before: Objects, after: Objects): StreamMessage => ({
  type: "delta",
  from,
  to,
  ...deltaOf(before, after),
  digest: digestOf(after),
});

function appliedBy(result: FollowResult) {
  assert.equal(result.kind, "applied");
  return result;
}

describe("the follower of a stream", () => {
  test("takes a snapshot after hello, then deltas", () => {
    const a = { "route/a": "1", "route/b": "2" };
    const b = { "route/b": "3", "route/c": "4" };
    const one = follower();
    assert.deepEqual(one.feed(hello(7, a)), { kind: "alive" });
    assert.deepEqual(appliedBy(one.feed(snapshot(7, a))).state, { revision: 7, objects: a, digest: digestOf(a) });
    const result = appliedBy(one.feed(delta(7, 9, a, b)));
    assert.deepEqual(result.state, { revision: 9, objects: b, digest: digestOf(b) });
    assert.deepEqual(result.delta, { upserts: b, removes: ["route/a"] });
  });

  test("needs no snapshot when hello has the digest it holds, and takes the revision", () => {
    const objects = { host: "{}" };
    const one = follower({ revision: 3, objects, digest: digestOf(objects) });
    const result = appliedBy(one.feed(hello(8, objects)));
    assert.equal(result.state.revision, 8);
    assert.deepEqual(result.delta, { upserts: {}, removes: [] });
  });

  test("passes on what control asks, and overlooks questions that it does not know", () => {
    const one = follower();
    const request = "0123456789ab-1";
    assert.deepEqual(one.feed({ type: "ask", id: 3, question: { kind: "why", request, later: 1 } }), {
      kind: "asked",
      id: 3,
      question: { kind: "why", request },
    });
    assert.deepEqual(one.feed({ type: "ask", id: 4, question: { kind: "top", request } }), {
      ...{ kind: "asked", id: 4 },
      question: { kind: "top" },
    });
    const ping = { kind: "ping", host: "b", count: 5 };
    assert.deepEqual(one.feed({ type: "ask", id: 5, question: ping }), { kind: "asked", id: 5, question: ping });
    const measuring = { host: "b", token: "secret", outside: false };
    const ports = { iperf: 5201, requests: 5202 };
    for (const question of [
      { kind: "speedServe", ...measuring, forMs: 1_000 },
      { kind: "speedRun", ...measuring, seconds: 5, ports },
    ]) {
      assert.deepEqual(one.feed({ type: "ask", id: 6, question }), { kind: "asked", id: 6, question });
      const { host: _, ...without } = question;
      assert.deepEqual(one.feed({ type: "ask", id: 6, question: without }), { kind: "alive" });
    }
    for (const question of [undefined, 1, {}, { kind: "weather" }, { kind: "ping", host: 1 }]) {
      assert.deepEqual(one.feed({ type: "ask", id: 3, question }), { kind: "alive" });
    }
    assert.deepEqual(one.feed({ type: "ask", question: { kind: "why" } }), { kind: "alive" });
  });

  test("says what a snapshot changed", () => {
    const one = follower({ revision: 1, objects: { a: "1", b: "2" }, digest: digestOf({ a: "1", b: "2" }) });
    one.feed(hello(2, { b: "2", c: "3" }));
    assert.deepEqual(appliedBy(one.feed(snapshot(2, { b: "2", c: "3" }))).delta, {
      upserts: { c: "3" },
      removes: ["a"],
    });
  });

  test("asks for a resync and keeps its state when a digest, a revision or the order is wrong", () => {
    const held = { a: "1" };
    const start = { revision: 4, objects: held, digest: digestOf(held) };
    const cases: [string, StreamMessage[]][] = [
      ["the stream began with a delta, not with hello", [delta(4, 5, held, {})]],
      [
        "snapshot 5 does not match its digest",
        [hello(5, {}), { ...snapshot(5, { b: "1" }), digest: digestOf({}) } as StreamMessage],
      ],
      ["delta builds on revision 3, here is 4", [hello(4, held), delta(3, 5, held, {})]],
      [
        "delta 5 does not give its digest",
        [hello(4, held), { ...delta(4, 5, held, {}), digest: digestOf(held) } as StreamMessage],
      ],
    ];
    for (const [reason, messages] of cases) {
      const one = follower(start);
      assert.deepEqual(messages.map(one.feed).at(-1), { kind: "resync", reason });
      assert.deepEqual(one.state(), start);
    }
  });

  test("begins anew with each connection", () => {
    const one = follower();
    one.feed(hello(1, { a: "1" }));
    one.connected();
    assert.equal(one.feed(snapshot(1, { a: "1" })).kind, "resync");
  });

  test("passes over pings and messages of a newer control, and tells of removal", () => {
    const one = follower();
    assert.deepEqual(one.feed({ type: "ping" }), { kind: "alive" });
    assert.deepEqual(one.feed({ type: "confetti", of: 2031 }), { kind: "alive" });
    assert.deepEqual(one.feed({ type: "removed" }), { kind: "removed" });
  });

  test("reads lines as they come", () => {
    const one = follower();
    assert.deepEqual(one.feedLine(JSON.stringify(hello(1, { a: "1" }))), { kind: "alive" });
    assert.equal(one.feedLine(JSON.stringify(snapshot(1, { a: "1" }))).kind, "applied");
    assert.deepEqual(one.feedLine('{"type":"pi'), { kind: "resync", reason: "a message without a type" });
  });

  test("never throws, whatever comes in", () => {
    const damaged = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          type: fc.constantFrom("hello", "snapshot", "delta", "ping"),
          to: fc.jsonValue(),
          from: fc.jsonValue(),
          objects: fc.jsonValue(),
          upserts: fc.jsonValue(),
          removes: fc.jsonValue(),
          digest: fc.jsonValue(),
        },
        { requiredKeys: ["type"] },
      ),
    );
    fc.assert(
      fc.property(fc.array(damaged), (messages) => {
        const one = follower();
        for (const message of messages) one.feed(message);
        assert.deepEqual(one.state(), nothingFollowed);
      }),
    );
  });

  test("holds what control holds after any sequence of changes", () => {
    const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("constructor", "toString", "host"));
    const objects = fc.dictionary(key, fc.string({ maxLength: 3 }), { maxKeys: 8 });
    fc.assert(
      fc.property(fc.array(objects, { minLength: 1 }), ([first, ...later]) => {
        const one = follower();
        one.feed(hello(1, first!));
        one.feed(snapshot(1, first!));
        let before = first!;
        later.forEach((after, i) => {
          one.feed(delta(i + 1, i + 2, before, after));
          before = after;
        });
        assert.deepEqual({ ...one.state().objects }, { ...before });
        assert.equal(one.state().digest, digestOf(before));
      }),
    );
  });
});

test("a saved state is taken back only whole", () => {
  const objects = { a: "1" };
  const whole = { revision: 2, objects, digest: digestOf(objects) };
  assert.deepEqual(followedFrom(JSON.parse(JSON.stringify(whole))), whole);
  for (const torn of [
    undefined,
    null,
    3,
    {},
    { ...whole, digest: digestOf({}) },
    { ...whole, revision: -1 },
    { ...whole, objects: { a: 1 } },
  ]) {
    assert.equal(followedFrom(torn), undefined);
  }
});
