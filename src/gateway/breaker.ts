// The circuit breaker of a service, one for all workers. Its state is one text in shared memory, and each time it changes
// its generation: counts and probes of another generation are nobody's concern. Opening and closing are claimed by
// generation, so that of several workers that come to the same end one does it.
//
//   breaker/orders          "4 81234567 errors": generation, open until (nowMs; 0: closed), why
//   claim/orders/4          somebody ends generation 4
//   row/orders/4            failures in a row
//   probes/orders/4/0       probes let through in the first round after the cooldown; another comes each cooldown, so
//                           that probes which never end hold up nothing
//   passed/orders/4         probes that succeeded
//   breakers                counts changes: workers read on when it moves
import type { Limit } from "./concurrency.ts";
import type { SharedCounts } from "./shared-counts.ts";
import type { Sum, Tally } from "./tally.ts";
import { newTally, sumInto } from "./tally.ts";

/** What a breaker is told; a bound of 0 is none. */
export interface BreakerRules {
  readonly errors: number;
  readonly sharePercent: number;
  readonly leastRequests: number;
  readonly windowMs: number;
  readonly cooldownMs: number;
  readonly probes: number;
}

export interface Breaker {
  readonly service: string;
  readonly rules: BreakerRules;
  readonly active: Limit | undefined;
  readonly pending: Limit | undefined;
  /** As of the last look at shared memory. */
  generation: number;
  /** 0: closed. Once this has passed it is half open. */
  openUntilMs: number;
  reason: string;
  /** Made anew with each generation. */
  rowKey: string;
  tally: Tally;
}

/** Told of each change of any breaker. */
export type OnTurn = (this: void, service: string, state: "open" | "halfOpen" | "closed", reason: string) => void;

/** Failures further apart than this are not in a row. */
const memorySeconds = 600;
const claimSeconds = 60;
export const noProbe = -1;
const sum: Sum = { requests: 0, failures: 0 };

export function newBreaker(
  service: string,
  rules: BreakerRules,
  active: Limit | undefined,
  pending: Limit | undefined,
): Breaker {
  return {
    service,
    rules,
    active,
    pending,
    generation: 0,
    openUntilMs: 0,
    reason: "",
    rowKey: `row/${service}/0`,
    tally: newTally(service, "breaker/0", rules.windowMs),
  };
}

function become(breaker: Breaker, generation: number, openUntilMs: number, reason: string): void {
  breaker.openUntilMs = openUntilMs;
  breaker.reason = reason;
  if (breaker.generation === generation) return;
  breaker.generation = generation;
  breaker.rowKey = `row/${breaker.service}/${generation}`;
  breaker.tally = newTally(breaker.service, `breaker/${generation}`, breaker.rules.windowMs);
}

/** Takes over the state that all workers share. */
export function readBreaker(shared: SharedCounts, breaker: Breaker): void {
  const [text] = shared.get(`breaker/${breaker.service}`);
  if (text === undefined) {
    become(breaker, 0, 0, "");
    return;
  }
  const [generation, until, reason] = (text as string).split(" ");
  become(breaker, Number(generation), Number(until), reason ?? "");
}

/** Ends the generation, unless another worker did; `openUntilMs` 0 closes. */
function turn(shared: SharedCounts, breaker: Breaker, openUntilMs: number, reason: string, onTurn: OnTurn): void {
  const { service, generation } = breaker;
  const [isFirst] = shared.add(`claim/${service}/${generation}`, true, claimSeconds);
  if (!isFirst) return;
  const next = generation + 1;
  shared.set(`breaker/${service}`, `${next} ${openUntilMs} ${reason}`);
  shared.incr("breakers", 1, 0);
  become(breaker, next, openUntilMs, reason);
  onTurn(service, openUntilMs === 0 ? "closed" : "open", reason);
}

function open(shared: SharedCounts, breaker: Breaker, nowMs: number, reason: string, onTurn: OnTurn): void {
  turn(shared, breaker, nowMs + breaker.rules.cooldownMs, reason, onTurn);
}

/** Half open: lets this request through as a probe of the round that is given, or refuses it: `noProbe`. */
export function takeProbe(shared: SharedCounts, breaker: Breaker, nowMs: number, onTurn: OnTurn): number {
  const { service, generation, rules, openUntilMs } = breaker;
  const round = Math.floor((nowMs - openUntilMs) / rules.cooldownMs);
  const lifeSeconds = (2 * rules.cooldownMs) / 1000;
  const key = `probes/${service}/${generation}/${round}`;
  const [probes] = shared.incr(key, 1, 0, lifeSeconds);
  if (probes !== undefined && probes > rules.probes) {
    shared.incr(key, -1, 0, lifeSeconds); // who was refused leaves room for one that takes a returned place
    return noProbe;
  }
  if (probes === 1 && round === 0) onTurn(service, "halfOpen", "cooldown");
  return round;
}

/** A probe of a round ended without saying anything: another may take its place in that round. */
export function returnProbe(shared: SharedCounts, breaker: Breaker, generation: number, round: number): void {
  const { service, openUntilMs, rules } = breaker;
  if (generation !== breaker.generation || openUntilMs === 0) return;
  shared.incr(`probes/${service}/${generation}/${round}`, -1, 0, (2 * rules.cooldownMs) / 1000);
}

/** What came of a request that was let through in `generation`. */
export function noteOutcome(
  shared: SharedCounts,
  breaker: Breaker,
  generation: number,
  isFailure: boolean,
  nowMs: number,
  onTurn: OnTurn,
): void {
  if (generation !== breaker.generation) return;
  if (breaker.openUntilMs !== 0) {
    noteProbe(shared, breaker, isFailure, nowMs, onTurn);
    return;
  }
  const errors = breaker.rules.errors;
  if (errors === 0) return;
  if (!isFailure) {
    const [row] = shared.get(breaker.rowKey);
    if (row !== undefined) shared.delete(breaker.rowKey);
    return;
  }
  const [row] = shared.incr(breaker.rowKey, 1, 0, memorySeconds);
  if (row !== undefined && row >= errors) open(shared, breaker, nowMs, "errors", onTurn);
}

function noteProbe(shared: SharedCounts, breaker: Breaker, isFailure: boolean, nowMs: number, onTurn: OnTurn): void {
  if (isFailure) {
    open(shared, breaker, nowMs, "probe", onTurn);
    return;
  }
  const [passed] = shared.incr(`passed/${breaker.service}/${breaker.generation}`, 1, 0, memorySeconds);
  if (passed !== undefined && passed >= breaker.rules.probes) turn(shared, breaker, 0, "probes", onTurn);
}

/** Opens it when the share of failures is too high; after failures were handed over. */
export function judgeShare(shared: SharedCounts, breaker: Breaker, nowMs: number, onTurn: OnTurn): void {
  const { sharePercent, leastRequests } = breaker.rules;
  if (sharePercent === 0 || breaker.openUntilMs !== 0) return;
  sumInto(sum, shared, breaker.tally, nowMs);
  if (sum.requests < leastRequests || sum.failures * 100 < sharePercent * sum.requests) return;
  open(shared, breaker, nowMs, "share", onTurn);
}
