import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Clock } from "../lib/clock.ts";
import { createEndpoints, type Lookup } from "./endpoints.ts";

function resolver(answers: readonly (readonly string[] | Error)[]) {
  let at = 0;
  let [asked, changes] = [0, 0];
  const clock: Clock = { now: () => at, monotonic: () => at, sleep: () => new Promise(() => {}) };
  const lookup: Lookup = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const endpoints = createEndpoints(clock, lookup, () => void changes++);
  return {
    endpoints,
    asked: () => asked,
    changes: () => changes,
    /** Lets look-ups end, then time pass. */
    pass: async (ms: number) => {
      await new Promise(setImmediate);
      at += ms;
    },
  };
}
const edge = "edge.example.com:51820";

describe("endpoints", () => {
  test("that are addresses need no look-up", () => {
    const { endpoints, asked } = resolver([[]]);
    assert.equal(endpoints.resolve("192.0.2.1:51820"), "192.0.2.1:51820");
    assert.equal(endpoints.resolve("[2001:DB8::0:1]:51820"), "[2001:db8::1]:51820");
    assert.equal(asked(), 0);
  });

  test("that are names are waited for the first time", async () => {
    const { endpoints, asked } = resolver([["192.0.2.1"]]);
    await endpoints.ready([edge]);
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820");
    await endpoints.ready([edge]);
    assert.equal(asked(), 1);
  });

  test("whose look-up fails are asked again, not at once, and the change is told", async () => {
    const { endpoints, asked, changes, pass } = resolver([new Error("no such name"), ["2001:db8::1"]]);
    await endpoints.ready([edge]);
    assert.equal(endpoints.resolve(edge), undefined);
    assert.equal(asked(), 1);
    await pass(3000);
    assert.equal(endpoints.resolve(edge), undefined);
    await pass(0);
    assert.equal(changes(), 1);
    assert.equal(endpoints.resolve(edge), "[2001:db8::1]:51820");
  });

  test("in doubt move no other port of the same host, and only after it had its chance", async () => {
    const { endpoints, pass } = resolver([
      ["192.0.2.1", "2001:db8::1"],
      ["2001:db8::1", "192.0.2.1"],
    ]);
    const bypass = "edge.example.com:51821";
    await endpoints.ready([edge]);
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820");
    await pass(31_000);
    assert.equal(endpoints.resolve(bypass), "192.0.2.1:51821");
    endpoints.doubt(bypass);
    assert.equal(endpoints.resolve(bypass), "192.0.2.1:51821");
    await pass(6_000);
    endpoints.doubt(bypass);
    await pass(0);
    assert.equal(endpoints.resolve(bypass), "[2001:db8::1]:51821");
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820", "names that come in another order move nothing either");
  });

  test("in doubt take the name's next address, or its new one, and keep what they have if nobody knows", async () => {
    const both = ["192.0.2.1", "2001:db8::1"];
    const { endpoints, asked, pass } = resolver([both, both, new Error("no such name")]);
    await endpoints.ready([edge]);
    endpoints.doubt(edge);
    assert.equal(asked(), 1);
    await pass(31_000);
    endpoints.doubt(edge);
    await pass(31_000);
    assert.equal(endpoints.resolve(edge), "[2001:db8::1]:51820");
    endpoints.doubt(edge);
    await pass(0);
    assert.equal(asked(), 3);
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820");
  });

  test("are not in doubt right after a peer came back there, however long ago the name was looked up", async () => {
    const { endpoints, pass } = resolver([["192.0.2.1", "2001:db8::1"]]);
    await endpoints.ready([edge]);
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820");
    await pass(31_000);
    endpoints.begin(edge);
    await pass(1_000);
    endpoints.doubt(edge); // it has shaken no hands yet
    assert.equal(endpoints.resolve(edge), "192.0.2.1:51820");
    await pass(5_000);
    endpoints.doubt(edge);
    assert.equal(endpoints.resolve(edge), "[2001:db8::1]:51820");
  });
});
