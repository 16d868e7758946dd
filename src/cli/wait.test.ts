import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "./context.ts";
import { waitFor } from "./wait.ts";

/** Time passes by sleeping alone. */
function waiting(look: () => Promise<string | undefined>) {
  let nowMs = 0;
  const notes: string[] = [];
  const clock = {
    monotonic: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms;
    },
  };
  const context = { note: (line: string) => void notes.push(line), stop: new AbortController().signal } as Context;
  const firstEnd = new Promise<never>(() => {});
  const what = "the agent's first status";
  return { notes, found: waitFor(context, { program: "agent", what, firstEnd, look, clock }), nowMs: () => nowMs };
}

test("a wait that takes long says for what, and how long it will go on", async () => {
  const { notes, found } = waiting(async () => undefined);
  await assert.rejects(found, {
    message: "agent is not ready after 60 s: no sign of the agent's first status",
    hint: "`portway logs agent` says why",
  });
  assert.equal(notes.length, 6);
  assert.equal(notes[0], "waiting for the agent's first status: 5 s of 60 s");
  assert.equal(notes[1], "waiting for the agent's first status: 15 s of 60 s");
});

test("a wait that is short says nothing", async () => {
  let looks = 0;
  const { notes, found } = waiting(async () => (++looks > 50 ? "there" : undefined));
  assert.deepEqual([await found, notes], ["there", []]);
});
