// What a host posts when control has asked it something.
import type { HostAnswer } from "../wire/api.ts";

/** The answer, or why there is none. */
export async function answerOf(id: number, telling: Promise<unknown>): Promise<HostAnswer> {
  return telling.then(
    (answer) => ({ id, answer }),
    (error: Error) => ({ id, error: error.message }),
  );
}
