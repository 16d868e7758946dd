// What control asks hosts that follow it: a message on their stream, an answer by a post of theirs.
import type { Clock } from "../lib/clock.ts";
import type { HostAnswer } from "../wire/api.ts";
import type { Question, StreamPart } from "../wire/stream.ts";
import type { Streams } from "./streams.ts";

/** A host's answer, unchecked, or why there is none. */
export type Answered = { readonly value: unknown } | { readonly reason: string };

export interface Questions {
  readonly ask: (host: string, part: StreamPart, question: Question, patienceMs?: number) => Promise<Answered>;
  /** A host has answered; nothing happens when nobody waits for it any more. */
  readonly answered: (host: string, answer: HostAnswer) => void;
}

const usualPatienceMs = 5_000;
/** Questions at a time that one host is asked. */
const mostOpen = 50;

interface Waiting {
  readonly host: string;
  readonly resolve: (answered: Answered) => void;
}

export function createQuestions(streams: Pick<Streams, "say">, clock: Pick<Clock, "sleep">): Questions {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  return {
    async ask(host, part, question, patienceMs = usualPatienceMs) {
      const own = [...waiting.values()].filter((one) => one.host === host);
      if (own.length >= mostOpen) return { reason: "it has too many questions to answer" };
      const id = ++lastId;
      const answer = new Promise<Answered>((resolve) => waiting.set(id, { host, resolve }));
      const done = new AbortController();
      try {
        if (!streams.say(host, part, { type: "ask", id, question })) return { reason: "it is not connected" };
        const late = clock.sleep(patienceMs, done.signal).then(() => ({ reason: "it did not answer in time" }));
        return await Promise.race([answer, late]);
      } finally {
        waiting.delete(id);
        done.abort();
      }
    },
    answered(host, { id, answer, error }) {
      const one = waiting.get(id);
      if (one?.host !== host) return;
      one.resolve(error === undefined ? { value: answer } : { reason: error });
    },
  };
}
