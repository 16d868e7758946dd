// The breakers of the world in force: made, followed each tick, reported. Changes are kept for the edge process to tell:
//
//   transition/8   "1732200000000 open errors orders": the eighth, when (since the epoch), what, why, of which service
import type { BreakerConfig } from "../wire/edge-service.ts";
import type { BreakerReport, BreakerState, BreakerTransition } from "../wire/edge-state.ts";
import type { Breaker, OnTurn } from "./breaker.ts";
import { judgeShare, newBreaker, readBreaker } from "./breaker.ts";
import type { Limit } from "./concurrency.ts";
import { newLimit, placesTaken, settleLimits, takeSlot } from "./concurrency.ts";
import { current } from "./current.ts";
import { isAlive } from "./processes.ts";
import { countTransition } from "./rare-counts.ts";
import { nowMs } from "./request.ts";

const shared = ngx.shared.pw_health;
const transitionSeconds = 600;
const mostTransitions = 100;
/** Ticks between two looks at who is alive. */
const looksEvery = 3;

/** `slot` 0: not taken yet. */
const own = { slot: 0, seen: 0, ticks: 0 };

/** In init_worker, before anything is counted. */
export function startBreakers(): void {
  own.slot = takeSlot(shared, ngx.worker.pid());
  const services = current.world.services;
  for (const key in services) {
    const breaker = services[key]!.breaker;
    for (const limit of limitsOf(breaker)) limit.ownKey = `${limit.key}/${own.slot}`;
  }
}

export function makeBreaker(service: string, config: BreakerConfig): Breaker {
  const limit = (kind: string, most: number | undefined) =>
    most === undefined ? undefined : newLimit(`limit/${kind}/${service}`, most, own.slot);
  const rules = {
    errors: config.errors ?? 0,
    sharePercent: config.sharePercent ?? 0,
    leastRequests: config.leastRequests,
    windowMs: config.windowMs,
    cooldownMs: config.cooldownMs,
    probes: config.probes,
  };
  const breaker = newBreaker(service, rules, limit("active", config.active), limit("pending", config.pending));
  readBreaker(shared, breaker);
  return breaker;
}

/** Notes a change for the metrics, and for events. */
export const onTurn: OnTurn = (service, state, reason) => {
  countTransition(service, state);
  const [id] = shared.incr("transitions", 1, 0);
  if (id === undefined) return;
  shared.set(`transition/${id}`, `${Math.floor(ngx.now() * 1000)} ${state} ${reason} ${service}`, transitionSeconds);
};

/** Once in a tick: takes over what other workers found out, and now and then settles what dead ones held. */
export function followBreakers(): void {
  const [changes] = shared.get("breakers");
  const services = current.world.services;
  if (changes !== undefined && changes !== own.seen) {
    own.seen = changes as number;
    for (const key in services) {
      const breaker = services[key]!.breaker;
      if (breaker !== undefined) readBreaker(shared, breaker);
    }
  }
  own.ticks++;
  if (own.ticks % looksEvery !== 0) return;
  const limits: Limit[] = [];
  for (const key in services) limits.push(...limitsOf(services[key]!.breaker));
  settleLimits(shared, own.slot, limits, isAlive);
}

/** The service has new failures. */
export function judgeBreaker(breaker: Breaker): void {
  judgeShare(shared, breaker, nowMs(), onTurn);
}

function limitsOf(breaker: Breaker | undefined): Limit[] {
  const limits: Limit[] = [];
  if (breaker?.active !== undefined) limits.push(breaker.active);
  if (breaker?.pending !== undefined) limits.push(breaker.pending);
  return limits;
}

/** For /state. */
export function breakerReports(): BreakerReport[] {
  const services = current.world.services;
  const reports: BreakerReport[] = [];
  for (const key in services) {
    const breaker = services[key]!.breaker;
    if (breaker === undefined) continue;
    const { service, active, pending, reason } = breaker;
    const state = stateOf(breaker);
    reports.push({
      service,
      state,
      ...(state !== "closed" && { reason }),
      ...(active !== undefined && { active: placesTaken(shared, active) }),
      ...(pending !== undefined && { pending: placesTaken(shared, pending) }),
    });
  }
  return reports;
}

function stateOf({ openUntilMs }: Breaker): BreakerState {
  if (openUntilMs === 0) return "closed";
  return openUntilMs > nowMs() ? "open" : "halfOpen";
}

/** For /state: the last changes, oldest first. */
export function lastTransitions(): BreakerTransition[] {
  const [last] = shared.get("transitions");
  const transitions: BreakerTransition[] = [];
  if (last === undefined) return transitions;
  for (let id = Math.max(1, (last as number) - mostTransitions + 1); id <= (last as number); id++) {
    const [text] = shared.get(`transition/${id}`);
    if (text === undefined) continue;
    const [atMs, state, reason, service] = (text as string).split(" ");
    transitions.push({ id, service: service!, state: state as BreakerState, reason: reason!, atMs: Number(atMs) });
  }
  return transitions;
}
