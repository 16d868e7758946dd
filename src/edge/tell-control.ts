// Tells control how it goes, and answers what it asks.
import { answerOf } from "../host/answer.ts";
import { AppError } from "../wire/errors.ts";
import type { EdgeStatus, Question } from "../wire/stream.ts";
import type { EdgeControl } from "./control.ts";
import type { EdgeEvents } from "./events.ts";
import type { EdgeParts } from "./parts.ts";
import { answerTo } from "./questions.ts";
import type { Telemetry } from "./telemetry.ts";

export interface ControlTeller {
  /** One pass tells the status; gives the ms until the next. */
  readonly report: () => Promise<number>;
  readonly answer: (id: number, question: Question) => Promise<void>;
}

export interface ControlTellerOptions extends Pick<EdgeParts, "place" | "clock" | "log"> {
  readonly control: Pick<EdgeControl, "report" | "answer">;
  readonly status: () => EdgeStatus;
  readonly events: Pick<EdgeEvents, "pending" | "arrived">;
  readonly polled: Pick<Telemetry, "top">;
  /** Control does not listen to this host any more. */
  readonly isRemoved: () => boolean;
  readonly signal: AbortSignal;
}

const reportMs = 10_000;
const quietMs = 100;

export function controlTeller(options: ControlTellerOptions): ControlTeller {
  const { control, status, events, polled, isRemoved, place, clock, log, signal } = options;
  const sleep = (ms: number) => clock.sleep(ms, signal);
  return {
    async report() {
      await sleep(quietMs); // a change seldom comes alone
      if (isRemoved() || signal.aborted) return reportMs;
      const happened = events.pending();
      try {
        await control.report({ ...status(), ...(happened.length > 0 && { events: happened }) }, signal);
        events.arrived(happened);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const level = error.code === "tooLarge" ? "warn" : "debug"; // the next one says all of it again
        log[level]({ reason: error.message }, "control did not take the status");
      }
      return reportMs;
    },
    async answer(id, question) {
      try {
        const door = { socketPath: place.socket };
        await control.answer(await answerOf(id, answerTo(question, door, sleep, polled.top)), signal);
      } catch (error) {
        log.debug({ reason: (error as Error).message }, "control did not take an answer"); // it waits no more
      }
    },
  };
}
