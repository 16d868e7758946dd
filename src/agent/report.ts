// Tells control the agent's status: every ten seconds, and soon after something changed.

import type { ControlClient } from "../host/control-client.ts";
import type { Clock } from "../lib/clock.ts";
import type { AppError } from "../wire/errors.ts";
import type { AgentStatus } from "../wire/stream.ts";
import { type Loop, startLoop } from "./loop.ts";

const everyMs = 10_000;
const quietMs = 500;

export interface ReportOptions {
  readonly clock: Clock;
  readonly client: Pick<ControlClient, "post">;
  readonly status: () => AgentStatus;
  readonly onRemoved: () => void;
  /** Control has this status. */
  readonly onArrived: (status: AgentStatus) => void;
}

/** `trigger` of what it returns says that something changed. A status that did not arrive is superseded by the next. */
export function startReports({ clock, client, status, onRemoved, onArrived }: ReportOptions): Loop {
  return startLoop({
    clock,
    everyMs,
    quietMs,
    round: async () => {
      try {
        const told = status();
        await client.post("selfStatus", told);
        onArrived(told);
        return "done";
      } catch (error) {
        if ((error as AppError).code === "hostRemoved") onRemoved();
        return "failed";
      }
    },
  });
}
