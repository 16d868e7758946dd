import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamMessage } from "../wire/stream.ts";
import { createQuestions } from "./questions.ts";

const question = { kind: "why" } as const;

/** Questions on streams that are there, and a clock that the test lets run out. */
function asking() {
  const said: { readonly host: string; readonly id: number }[] = [];
  const { promise: late, resolve: runOut } = Promise.withResolvers<void>();
  const say = (host: string, _part: string, message: StreamMessage) => {
    if (message.type === "ask") said.push({ host, id: message.id });
    return host !== "away";
  };
  return { questions: createQuestions({ say }, { sleep: () => late }), said, runOut };
}

test("each question gets its own answer, from the host that was asked alone", async () => {
  const { questions, said } = asking();
  const [one, two] = [questions.ask("a", "edge", question), questions.ask("b", "edge", question)];
  const [toA, toB] = said;
  questions.answered("b", { id: toA!.id, answer: "forged" });
  questions.answered("b", { id: toB!.id, answer: 2 });
  questions.answered("a", { id: toA!.id, answer: 1 });
  questions.answered("a", { id: toA!.id, answer: "too late" });
  assert.deepEqual(await Promise.all([one, two]), [{ value: 1 }, { value: 2 }]);
});

test("a host that is away, silent, or asked too much is told so", async () => {
  const { questions, said, runOut } = asking();
  assert.deepEqual(await questions.ask("away", "edge", question), { reason: "it is not connected" });
  const open = Array.from({ length: 50 }, () => questions.ask("a", "edge", question));
  assert.deepEqual(await questions.ask("a", "edge", question), { reason: "it has too many questions to answer" });
  questions.answered("a", { id: said[1]!.id, error: "nginx is down" });
  assert.deepEqual(await open[0], { reason: "nginx is down" });
  runOut();
  assert.deepEqual(await open[1], { reason: "it did not answer in time" });
  assert.deepEqual(await questions.ask("b", "edge", question), { reason: "it did not answer in time" });
});
