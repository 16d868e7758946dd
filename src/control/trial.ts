// A file that cuts hosts off from control is on trial: unless a person confirms it in time, the file before is in force again.
// Hosts that hear nothing of that go back by themselves (agent/trial.ts).
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { put } from "../registry/store.ts";
import type { ConfirmAnswer } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import { trialMs } from "../wire/mesh.ts";
import type { Warning } from "../wire/warnings.ts";
import { type Facts, readFacts } from "./facts.ts";
import { type SpecRecord, specKey } from "./keys.ts";
import { type SpecKeeper, undoSpec } from "./spec.ts";

export interface TrialKeeper extends SpecKeeper {
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: () => Facts;
}

const checkMs = 500;

/** The file in force stays. */
export async function confirmSpec({ registry, commit }: SpecKeeper, author: string): Promise<ConfirmAnswer> {
  const { revision } = await commit(author, async () => {
    const { spec } = await readFacts(registry);
    if (spec?.trial === undefined) {
      throw new AppError("notFound", "no file waits to be confirmed", {
        hint: "`portway status` shows what is in force",
      });
    }
    const { trial: _, revision: __, ...record } = spec;
    return {
      writes: [put(specKey, JSON.stringify(record satisfies SpecRecord))],
      audit: { action: "spec.confirm", subject: "spec", details: { revision: spec.revision } },
      result: undefined,
    };
  });
  return { revision };
}

/** Undoes files whose time is over, until the signal aborts; counted by the monotonic clock from when it was first seen. */
export async function keepTrials(keeper: TrialKeeper, signal: AbortSignal): Promise<void> {
  const { clock, log, facts } = keeper;
  let known: { readonly revision: number; readonly until: number } | undefined;
  while (!signal.aborted) {
    const { spec } = facts();
    if (spec?.trial === undefined) known = undefined;
    else if (known?.revision !== spec.revision) {
      known = { revision: spec.revision, until: clock.monotonic() + leftMs(spec.trial.untilMs, clock.now()) };
    } else if (clock.monotonic() >= known.until) {
      await undoSpec(keeper, spec.revision, spec.trial.before).catch((error) => {
        if (!signal.aborted) log.warn({ err: error }, "a file that nobody confirmed could not be undone");
      });
    }
    await clock.sleep(checkMs, signal);
  }
}

/** That a file is on trial, for who looks at the status. */
export function trialWarnings({ spec }: Pick<Facts, "spec">, nowMs: number): readonly Warning[] {
  if (spec?.trial === undefined) return [];
  const seconds = Math.ceil(leftMs(spec.trial.untilMs, nowMs) / 1000);
  return [
    {
      code: "specOnTrial",
      severity: "critical",
      text: `the file of revision ${spec.revision} cuts hosts off from control, and is undone in ${seconds} s`,
      hint: "to keep it: portway apply --confirm",
    },
  ];
}

/** A clock that was set makes it neither longer nor an hour. */
const leftMs = (untilMs: number, nowMs: number) => Math.min(trialMs, Math.max(0, untilMs - nowMs));
