// The state machine of a rotation: from a run and what hosts said to the run's next state, one transition at a time. Pure:
// whichever control holds the run next goes on from there, and the same words twice change nothing.
import { conditions, type Missing } from "./conditions.ts";
import type { Phase, RotationRun, RotationStep, Undo } from "./run.ts";
import { askedFor, nextInLine } from "./select.ts";
import type { RotationView } from "./view.ts";

/** One transition, as the audit chain tells it. */
export interface Advance {
  readonly run: RotationRun;
  /** The key that is in force from now on. */
  readonly renewed?: {
    readonly host: string;
    readonly plane: string;
    readonly generation: number;
    readonly publicKey: string;
    readonly atMs: number;
  };
  readonly action: "begin" | "phase" | "undo" | "renewed" | "failed" | "dropped" | "end";
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How long a phase may wait for what it needs. */
const phaseLimitMs = 30_000;
/** After an undo what was proven before says nothing any more: a path that is dead is known to be so in this time. */
const proveAgainMs = 10_000;
/** What was sent by the bypass before the routes moved back may wait this long in a program of a busy machine. */
const lingerMs = 1_000;

/** The next transition; undefined: there is nothing to do but to wait. */
export function advance(run: RotationRun, view: RotationView): Advance | undefined {
  if (run.endedAtMs !== undefined) return undefined;
  for (const step of run.active) {
    const next = advanceStep(run, step, view);
    if (next !== undefined) return next;
  }
  if (run.abortedBy === undefined) {
    const next = nextInLine(run, view);
    if (next !== undefined) return next.step === undefined ? dropped(run, next.host) : begun(run, next.step);
    if (run.pending.length > 0) return undefined;
  }
  return run.active.length > 0 ? undefined : ended(run, view);
}

function begun(run: RotationRun, step: RotationStep): Advance {
  const { host, plane, from, to } = step;
  const pending = run.pending.filter((one) => one.host !== host);
  const active = [...run.active, step];
  return {
    run: { ...run, pending, active },
    action: "begin",
    subject: host,
    details: { plane, from, to: to.generation },
  };
}

/** An older control began the step, and hosts do not know yet from whom it wants keys for the bypass. */
function asking(run: RotationRun, step: RotationStep, view: RotationView): Advance {
  const { host, plane, phase } = step;
  const next = { ...step, sinceMs: view.nowMs, asked: askedFor(step, view) };
  return { run: withStep(run, step, next), action: "phase", subject: host, details: { plane, phase } };
}

/** A host that has nothing to rotate: it has left meanwhile. */
function dropped(run: RotationRun, host: string): Advance {
  const pending = run.pending.filter((one) => one.host !== host);
  return { run: { ...run, pending }, action: "dropped", subject: host, details: {} };
}

function ended(run: RotationRun, view: RotationView): Advance {
  const { renewed, failed, abortedBy } = run;
  const details = { renewed, failed: failed.length, ...(abortedBy !== undefined && { abortedBy }) };
  return { run: { ...run, pending: [], endedAtMs: view.nowMs }, action: "end", subject: "network", details };
}

function advanceStep(run: RotationRun, step: RotationStep, view: RotationView): Advance | undefined {
  if (run.abortedBy !== undefined && canUndo(step))
    return undone(run, step, { reason: `${run.abortedBy} aborted it` }, view);
  if (step.phase === "prepare" && step.asked === undefined) return asking(run, step, view);
  const { missing, gathered } = conditions[step.phase](step, view, run);
  if (missing === undefined && isOldEnough(step, view)) return passed(run, { ...step, ...gathered }, view);
  if (missing === undefined || waited(step, view) < phaseLimitMs) return undefined;
  if (canUndo(step)) return undone(run, step, reasonOf(step, missing), view);
  // Going back, what cannot be proven does not hold up the rest: agents move only to what is proven.
  return step.undo && (step.phase === "swap" || step.phase === "prove") ? passed(run, step, view) : undefined;
}

/** What a step waits for; undefined: nothing. */
export const lacking = (run: RotationRun, step: RotationStep, view: RotationView): string | undefined =>
  conditions[step.phase](step, view, run).missing?.text;

const canUndo = ({ phase, undo }: RotationStep) => !undo && !["return", "linger", "close"].includes(phase);

const waited = ({ sinceMs }: RotationStep, view: RotationView) => view.nowMs - Math.max(sinceMs, view.sinceMs);

/** A clock that was set back since then holds up nothing. */
const isOldEnough = (step: RotationStep, { nowMs }: RotationView) => Math.abs(nowMs - step.sinceMs) >= leastMs(step);

function leastMs({ phase, undo, bypass }: RotationStep): number {
  if (phase === "linger") return Object.keys(bypass).length === 0 ? 0 : lingerMs;
  return undo && phase === "prove" ? proveAgainMs : 0;
}

const reasonOf = (step: RotationStep, { text, pair }: Missing): Undo => ({
  reason: `${text} within ${phaseLimitMs / 1000} s (${step.phase})`,
  ...(pair && { pair }),
});

const following: Readonly<Record<Phase, Phase | undefined>> = {
  prepare: "bypass",
  bypass: "rest",
  rest: "tell",
  tell: "swap",
  swap: "prove",
  prove: "return",
  return: "linger",
  linger: "close",
  close: undefined,
};

function passed(run: RotationRun, step: RotationStep, view: RotationView): Advance {
  const next = following[step.phase];
  if (next === undefined) return finished(run, step);
  const { host, plane, to } = step;
  const isRenewed = step.phase === "prove" && !step.undo;
  const details = { plane, phase: next, ...(step.undo && { undo: true }) };
  return {
    run: {
      ...withStep(run, step, { ...step, phase: next, sinceMs: view.nowMs }),
      renewed: run.renewed + (isRenewed ? 1 : 0),
    },
    ...(isRenewed && {
      renewed: { host, plane, generation: to.generation, publicKey: to.publicKey!, atMs: view.nowMs },
    }),
    action: isRenewed ? "renewed" : "phase",
    subject: host,
    details: isRenewed ? { ...details, generation: to.generation } : details,
  };
}

/** Others may hold the new key from `tell` on: then the old one is told and proven again before its paths carry anything. */
function undone(run: RotationRun, step: RotationStep, undo: Undo, view: RotationView): Advance {
  const mayBeHeld = ["tell", "swap", "prove"].includes(step.phase);
  const back: RotationStep = { ...step, phase: mayBeHeld ? "swap" : "return", sinceMs: view.nowMs, undo };
  const details = { plane: step.plane, phase: step.phase, ...undo };
  return { run: withStep(run, step, back), action: "undo", subject: step.host, details };
}

/** What is left of the host comes next; what went wrong on one of its planes would on the others. */
function finished(run: RotationRun, step: RotationStep): Advance {
  const { host, plane, undo, left } = step;
  const active = run.active.filter((one) => one.host !== host);
  if (undo === undefined) {
    const pending = left.length === 0 ? run.pending : [{ host, planes: left }, ...run.pending];
    return { run: { ...run, active, pending }, action: "phase", subject: host, details: { plane, phase: "closed" } };
  }
  const failed = [...run.failed, { host, plane, ...undo }];
  return { run: { ...run, active, failed }, action: "failed", subject: host, details: { plane, ...undo } };
}

function withStep(run: RotationRun, before: RotationStep, after: RotationStep): RotationRun {
  const same = (one: RotationStep) => one.host === before.host;
  return { ...run, active: run.active.map((one) => (same(one) ? after : one)) };
}
