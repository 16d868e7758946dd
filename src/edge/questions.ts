// What control asks this edge, answered with what nginx tells.
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import { requestIdPattern } from "../wire/request-id.ts";
import type { Question } from "../wire/stream.ts";
import type { EdgeTop } from "../wire/top.ts";
import type { WhyReport } from "../wire/why.ts";

const timeoutMs = 2_000;
/** A request's report is told by its worker within a tick of 50 ms. */
const tellMs = 100;

/** Answers one question; throws ConnectionFailed when nginx does not answer. */
export async function answerTo(
  question: Question,
  door: Door,
  sleep: (ms: number) => Promise<void>,
  top: () => EdgeTop,
): Promise<readonly WhyReport[] | EdgeTop> {
  if (question.kind === "top") return top();
  if (question.kind !== "why") throw new ConnectionFailed("broken", "an edge does not know that");
  if (question.request === undefined) return listOf(await ask(door, "/why"));
  if (!requestIdPattern.test(question.request)) return [];
  const path = `/why?id=${question.request}`;
  const first = listOf(await ask(door, path));
  if (first.length > 0) return first;
  await sleep(tellMs);
  return listOf(await ask(door, path));
}

async function ask(door: Door, path: string): Promise<unknown> {
  const { status, body } = await request({ ...door, path, timeoutMs });
  if (status === 404) return [];
  try {
    if (status === 200) return JSON.parse(body);
  } catch {
    // told below
  }
  throw new ConnectionFailed("broken", `nginx answered ${status}`);
}

const listOf = (value: unknown) => (Array.isArray(value) ? value : [value]) as readonly WhyReport[];
