import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import { type Child, type End, type Program, supervise } from "./supervise.ts";

interface FakeChild extends Child {
  readonly program: Program;
  readonly end: (how: string, forGood?: boolean) => void;
}

/** Children that end when told to, and a clock on which every wait is over at once. */
function stage() {
  const children: FakeChild[] = [];
  const ends: string[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const start = (program: Program): Child => {
    const { promise: ended, resolve } = Promise.withResolvers<End>();
    const end = (how: string, forGood = false) => resolve({ how, forGood });
    const child = { program, ended, end, stop: () => end("by SIGTERM") };
    children.push(child);
    return child;
  };
  const supervisor = supervise({
    clock,
    start,
    onEnd: ({ name }, how, waitMs) =>
      ends.push(`${name} ${how}, ${waitMs === undefined ? "for good" : `${waitMs} ms`}`),
    random: () => 1,
  });
  return { supervisor, children, ends, pass: (ms: number) => (now += ms) };
}

const control: Program = { name: "control", words: [] };
const agent: Program = { name: "agent", words: [] };

suite("a supervisor", () => {
  test("starts a program that ended again, with waits that double", async () => {
    const { supervisor, children, ends } = stage();
    supervisor.keep(control);
    for (const how of ["with status 1", "by SIGKILL", "with status 1"]) {
      children.at(-1)!.end(how);
      await setImmediate();
    }
    assert.deepEqual(ends, [
      "control with status 1, 500 ms",
      "control by SIGKILL, 1000 ms",
      "control with status 1, 2000 ms",
    ]);
    assert.equal(children.length, 4);
  });

  test("waits shortly again after a run that lasted", async () => {
    const { supervisor, children, ends, pass } = stage();
    supervisor.keep(control);
    for (const lastedMs of [0, 0, 60_000]) {
      pass(lastedMs);
      children.at(-1)!.end("with status 1");
      await setImmediate();
    }
    assert.equal(ends.at(-1), "control with status 1, 500 ms");
  });

  test("waits thirty seconds at the most", async () => {
    const { supervisor, children, ends } = stage();
    supervisor.keep(control);
    for (let run = 0; run < 12; run++) {
      children.at(-1)!.end("with status 1");
      await setImmediate();
    }
    assert.equal(ends.at(-1), "control with status 1, 30000 ms");
  });

  test("tells of the first end, so that a start that fails need not be waited for", async () => {
    const { supervisor, children } = stage();
    const { firstEnd } = supervisor.keep(control);
    children[0]!.end("with status 1");
    assert.equal((await firstEnd).how, "with status 1");
  });

  test("does not start a program again that has nothing left to do", async () => {
    const { supervisor, children, ends } = stage();
    supervisor.keep(agent);
    children[0]!.end("with status 3", true);
    await setImmediate();
    assert.deepEqual(ends, ["agent with status 3, for good"]);
    assert.equal(children.length, 1);
    await supervisor.allOver();
    await supervisor.stop();
  });

  test("ends the programs that were started last first, and starts none again", async () => {
    const { supervisor, children, ends } = stage();
    const order: string[] = [];
    for (const program of [control, agent]) {
      supervisor.keep(program);
      void children.at(-1)!.ended.then(() => order.push(program.name));
    }
    await supervisor.stop();
    assert.deepEqual(order, ["agent", "control"]);
    assert.deepEqual(ends, []);
    assert.equal(children.length, 2);
  });
});
