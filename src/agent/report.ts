// Tells control the agent's status: every ten seconds, and soon after something changed. A relay that dies is news of all hosts
// that used it, at the same moment: what nobody waits for is told at a time that each host draws for itself.
import type { ControlClient } from "../host/control-client.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { AppError } from "../wire/errors.ts";
import type { AgentStatus } from "../wire/stream.ts";
import { type Loop, startLoop } from "./loop.ts";

const everyMs = 10_000;
const [quietMs, apartMs] = [50, 500];
const spreadMs = 2_000;

export interface Reports extends Loop {
  /** Something changed that may have changed for many hosts at once. */
  readonly triggerSoon: () => void;
}

export interface ReportOptions {
  readonly clock: Clock;
  readonly client: Pick<ControlClient, "post">;
  readonly log: Log;
  readonly status: () => AgentStatus;
  readonly onRemoved: () => void;
  /** Control has this status. */
  readonly onArrived: (status: AgentStatus) => void;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** `trigger` of what it returns says that something changed. A status that did not arrive is superseded by the next. */
export function startReports({ clock, client, log, status, onRemoved, onArrived, random }: ReportOptions): Reports {
  const end = new AbortController();
  let isDrawn = false;
  const loop = startLoop({
    clock,
    everyMs,
    quietMs,
    apartMs,
    round: async () => {
      try {
        const told = status();
        await client.post("selfStatus", told);
        onArrived(told);
        return "done";
      } catch (error) {
        const { code, message } = error as AppError;
        if (code === "hostRemoved") onRemoved();
        if (code === "tooLarge") log.warn({ reason: message }, "control cannot take the status");
        return "failed";
      }
    },
  });
  return {
    trigger: loop.trigger,
    triggerSoon() {
      if (isDrawn) return;
      isDrawn = true;
      void clock.sleep(random() * spreadMs, end.signal).then(() => {
        isDrawn = false;
        if (!end.signal.aborted) loop.trigger();
      });
    },
    async close() {
      end.abort();
      await loop.close();
    },
  };
}
