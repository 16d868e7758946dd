// Which targets of a service take part, for all workers. Two things leave one out: what requests met (passive ejection),
// and what the edge process says of it (verdicts.ts). With all of them out, all take part.
//
// Failures in a row of a target are counted in pw_health; at `errors` it is left out for a while, and for twice as long
// each time that comes again soon after. Its count stays until a success, so that one more failure after the pause ejects
// it again.
//
//   failures/orders/api-1   failures in a row
//   ejected/orders/api-1    until when (nowMs), expires by itself
//   times/orders/api-1      ejections so far; forgotten when it served as long as its last pause was
//   event/8                 `orders/api-1` changed; `events` is the number of the last one: workers read on from theirs
//
// A healthy target costs a request nothing: its worker looks at `isSuspect` alone.
import type { GatewayState, HealthPost, TargetDown } from "../wire/edge-state.ts";
import { takePart } from "./balance/participants.ts";
import { judgeBreaker } from "./breakers.ts";
import { current } from "./current.ts";
import { cutWaits, darkReason } from "./dark-waits.ts";
import { outliers } from "./ejection-share.ts";
import { countEjection } from "./rare-counts.ts";
import { nowMs } from "./request.ts";
import type { Sum } from "./tally.ts";
import { countInto, handOver, sumInto } from "./tally.ts";
import { followVerdicts, isFar, publishVerdicts, verdictOn } from "./verdicts.ts";
import type { Service, Target } from "./world.ts";

const health = ngx.shared.pw_health;
/** Failures further apart than this are not "in a row", whatever was in between. */
const memorySeconds = 600;
const eventSeconds = 60;
/** A worker that missed more events looks at every target. */
const mostEvents = 1000;

const seen = { event: 0 };
const ejected: { readonly service: Service; readonly target: Target }[] = [];

const failuresKey = (target: Target) => `failures/${target.id}`;
const ejectedKey = (target: Target) => `ejected/${target.id}`;
const timesKey = (target: Target) => `times/${target.id}`;

/** A request could not be answered by this target. */
export function noteFailure(service: Service, target: Target): void {
  if (target.tally !== undefined) countInto(target.tally, true);
  const [failures] = health.incr(failuresKey(target), 1, 0, memorySeconds);
  target.isSuspect = true;
  if ((failures ?? 0) >= service.ejection.errors) leaveOut(service, target, "errors");
  announce(target);
}

/** A suspect target answered. */
export function noteAnswer(target: Target, status: number): void {
  if (target.tally !== undefined) countInto(target.tally, status >= 500);
  else target.isSuspect = false;
  const [failures] = health.get(failuresKey(target));
  if (failures === undefined) return;
  health.delete(failuresKey(target));
  announce(target);
}

/** Once in a tick: counts go to all workers, and services that had failures are judged by their shares. */
export function judgeFailures(): void {
  for (const name of handOver(health, nowMs())) {
    const service = current.world.services[`service/${name}`];
    if (service?.breaker !== undefined) judgeBreaker(service.breaker);
    if (service?.ejection.sharePercent !== undefined) judgeTargets(service, service.ejection.sharePercent);
  }
}

function judgeTargets(service: Service, sharePercent: number): void {
  const sums = service.targets.map(({ tally }): Sum => {
    const sum = { requests: 0, failures: 0 };
    if (tally !== undefined) sumInto(sum, health, tally, nowMs());
    return sum;
  });
  for (const place of outliers(sums, sharePercent)) {
    const target = service.targets[place]!;
    if (leaveOut(service, target, "share")) announce(target);
  }
}

/** Ejects the target, unless it is out already or too few would be left; tells whether it did. */
function leaveOut(service: Service, target: Target, reason: "errors" | "share"): boolean {
  const { cooldownMs, longestMs, floorPercent } = service.ejection;
  const least = ((floorPercent ?? 0) * service.targets.length) / 100;
  const left = service.healthy.filter((one) => one !== target).length;
  if (cooldownMs === 0 || left < least) return false;
  const [times] = health.get(timesKey(target));
  const before = (times as number | undefined) ?? 0;
  const pauseMs = Math.min(cooldownMs * 2 ** before, Math.max(longestMs ?? 0, cooldownMs));
  const untilMs = nowMs() + pauseMs;
  const [isNew] = health.add(ejectedKey(target), untilMs, pauseMs / 1000);
  if (!isNew) return false;
  health.set(timesKey(target), before + 1, (2 * pauseMs) / 1000);
  countEjection(service.name, target.name, reason);
  eject(service, target, untilMs);
  chooseHealthy(service);
  return true;
}

/** What a new service record must know of its targets. */
export function restoreHealth(service: Service): void {
  for (const target of service.targets) readTarget(service, target);
  chooseHealthy(service);
}

/** In init_worker: what init had read of them may be long ago. */
export function startHealth(): void {
  const [last] = health.get("events");
  seen.event = (last as number | undefined) ?? 0;
  followVerdicts(nowMs());
  const services = current.world.services;
  for (const key in services) restoreHealth(services[key]!);
}

/** Once in a tick: takes over what others found out, and lets targets back in whose time is over. */
export function followHealth(): void {
  const [last] = health.get("events");
  const event = (last as number | undefined) ?? 0;
  if (event !== seen.event) readEvents(seen.event, event);
  seen.event = event;
  const now = nowMs();
  if (followVerdicts(now)) takeOverVerdicts();
  for (let i = ejected.length - 1; i >= 0; i--) {
    const { service, target } = ejected[i]!;
    if (target.ejectedUntilMs > now) continue;
    ejected.splice(i, 1);
    target.ejectedUntilMs = 0;
    chooseHealthy(service);
  }
}

/** POST /health: what the edge process found out; returns why it cannot be taken. */
export function takeVerdicts(post: HealthPost): string | undefined {
  const problem = publishVerdicts(post, nowMs());
  if (problem === undefined && followVerdicts(nowMs())) takeOverVerdicts();
  return problem;
}

function takeOverVerdicts(): void {
  const services = current.world.services;
  for (const key in services) {
    const service = services[key]!;
    let isChanged = false;
    const dark: Target[] = [];
    for (const target of service.targets) {
      const reason = verdictOn(target.id);
      const far = isFar(target.id);
      if ((reason === undefined) !== (target.downReason === undefined) || far !== target.isFar) isChanged = true;
      if (reason === darkReason && target.downReason !== darkReason) dark.push(target);
      target.downReason = reason;
      target.isFar = far;
    }
    if (isChanged) chooseHealthy(service);
    for (const target of dark) cutWaits(service, target);
  }
}

function announce(target: Target): void {
  const [event] = health.incr("events", 1, 0);
  if (event !== undefined) health.set(`event/${event}`, target.id, eventSeconds);
}

function readEvents(from: number, to: number): void {
  const services = current.world.services;
  if (to < from || to - from > mostEvents) {
    for (const key in services) restoreHealth(services[key]!);
    return;
  }
  for (let event = from + 1; event <= to; event++) {
    const [id] = health.get(`event/${event}`);
    if (id === undefined) continue;
    const name = (id as string).substring(0, (id as string).indexOf("/"));
    const service = services[`service/${name}`];
    const target = service?.targets.find((one) => one.id === id);
    if (service === undefined || target === undefined) continue;
    readTarget(service, target);
    chooseHealthy(service);
  }
}

function readTarget(service: Service, target: Target): void {
  const [failures] = health.get(failuresKey(target));
  target.isSuspect = failures !== undefined || target.tally !== undefined;
  target.downReason = verdictOn(target.id);
  target.isFar = isFar(target.id);
  const [until] = health.get(ejectedKey(target));
  eject(service, target, (until as number | undefined) ?? 0);
}

/** `untilMs` 0: it takes part. */
function eject(service: Service, target: Target, untilMs: number): void {
  target.ejectedUntilMs = untilMs;
  if (untilMs > 0 && !ejected.some((one) => one.target === target)) ejected.push({ service, target });
}

const takesPart = (target: Target) => target.ejectedUntilMs === 0 && target.downReason === undefined;

function chooseHealthy(service: Service): void {
  takePart(service, takesPart, nowMs());
}

/** For /state: the targets left out now, and until when in ms since the epoch. */
export function ejectedTargets(): GatewayState["ejected"][number][] {
  const found: GatewayState["ejected"][number][] = [];
  const services = current.world.services;
  const epochMs = ngx.now() * 1000 - nowMs();
  for (const key in services) {
    const service = services[key]!;
    for (const { name, ejectedUntilMs } of service.targets) {
      if (ejectedUntilMs > 0) found.push({ service: service.name, target: name, untilMs: ejectedUntilMs + epochMs });
    }
  }
  return found;
}

/** For /state: the targets that the edge process says are down. */
export function downTargets(): TargetDown[] {
  const found: TargetDown[] = [];
  const services = current.world.services;
  for (const key in services) {
    const { name: service, targets } = services[key]!;
    for (const { name: target, downReason } of targets) {
      if (downReason !== undefined) found.push({ service, target, reason: downReason });
    }
  }
  return found;
}
