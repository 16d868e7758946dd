// Requests of which a trace is kept, in Node; test/lua/traced.lua is the same for Lua.
import type { RequestRecord } from "../../src/gateway/record.ts";
import type { Ending } from "../../src/gateway/why/trace.ts";
import { newTrace, noteChoice, noteEnd, reportOf } from "../../src/gateway/why/trace.ts";
import type { Service, Target } from "../../src/gateway/world.ts";
import type { TryOutcome } from "../../src/wire/why.ts";

export interface TracedCase {
  readonly targets: readonly Readonly<Record<string, unknown>>[];
  /** Positions in `targets`, from 0. */
  readonly pool: readonly number[];
  readonly healthy: readonly number[];
  /** Targets as they are chosen, each with how and when it ended. */
  readonly tries: readonly (readonly [target: number, outcome: TryOutcome, startMs: number, endMs: number])[];
  /** Tries before a trace is kept; 0 when the request is in the sample. */
  readonly from: number;
  readonly steps: readonly string[];
  readonly answerSteps: readonly string[];
  /** What was timed of either. */
  readonly micros: readonly number[];
  readonly answerMicros: readonly number[];
  readonly request: Readonly<Record<string, unknown>>;
  readonly ending: Ending;
}

/** The report of a request that went so. */
export function report(given: TracedCase): unknown {
  const { targets, pool, healthy, tries, from, steps, answerSteps, micros, answerMicros, request, ending } = given;
  const at = (index: number) => targets[index] as never as Target;
  const plugin = (name: string) => ({ plugin: name });
  const service = {
    ...{ name: "app", balance: "roundRobin", targets },
    ...{ pool: pool.map(at), healthy: healthy.map(at) },
  } as never as Service;
  const route = { name: "r", service, steps: steps.map(plugin), answerSteps: answerSteps.map(plugin) };
  const record = { tried: [], tries: 0, target: undefined, ...request, route } as never as RequestRecord;
  const trace = newTrace(micros.length > 0);
  trace.requestMicros.push(...micros);
  trace.answerMicros.push(...answerMicros);
  tries.forEach(([index, outcome, startMs, endMs], number) => {
    if (number >= from) noteChoice(trace, record, service, at(index), number > 0 ? "retry" : "roundRobin", startMs);
    record.tried[record.tries] = at(index);
    record.tries++;
    record.target = at(index);
    record.targetStartMs = startMs;
    if (number >= from - 1) noteEnd(trace, record, outcome, endMs);
  });
  return reportOf(trace, record, ending);
}
