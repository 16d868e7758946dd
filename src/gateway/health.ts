// Passive ejection, shared by all workers. Failures in a row of a target are counted in pw_health; at `errors` it is left
// out for `cooldownMs`. Its count stays until a success, so that one more failure after the pause ejects it again.
//
//   failures/orders/api-1   failures in a row
//   ejected/orders/api-1    until when (nowMs), expires by itself
//   event/8                 `orders/api-1` changed; `events` is the number of the last one: workers read on from theirs
//
// A healthy target costs a request nothing: its worker looks at `isSuspect` alone.
import type { GatewayState } from "../wire/edge.ts";
import { takePart } from "./balance/participants.ts";
import { current } from "./current.ts";
import { nowMs } from "./request.ts";
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

/** A request could not be answered by this target. */
export function noteFailure(service: Service, target: Target): void {
  const [failures] = health.incr(failuresKey(target), 1, 0, memorySeconds);
  target.isSuspect = true;
  if ((failures ?? 0) >= service.errorsToEject && service.cooldownMs > 0) {
    const untilMs = nowMs() + service.cooldownMs;
    health.set(ejectedKey(target), untilMs, service.cooldownMs / 1000);
    eject(service, target, untilMs);
    chooseHealthy(service);
  }
  announce(target);
}

/** A suspect target answered. */
export function noteSuccess(target: Target): void {
  target.isSuspect = false;
  health.delete(failuresKey(target));
  announce(target);
}

/** What a new service record must know of its targets. */
export function restoreHealth(service: Service): void {
  for (const target of service.targets) readTarget(service, target);
  chooseHealthy(service);
}

/** Once in a tick: takes over what other workers found out, and lets targets back in whose time is over. */
export function followHealth(): void {
  const [last] = health.get("events");
  const event = (last as number | undefined) ?? 0;
  if (event !== seen.event) readEvents(seen.event, event);
  seen.event = event;
  const now = nowMs();
  for (let i = ejected.length - 1; i >= 0; i--) {
    const { service, target } = ejected[i]!;
    if (target.ejectedUntilMs > now) continue;
    ejected.splice(i, 1);
    target.ejectedUntilMs = 0;
    chooseHealthy(service);
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
  target.isSuspect = failures !== undefined;
  const [until] = health.get(ejectedKey(target));
  eject(service, target, (until as number | undefined) ?? 0);
}

/** `untilMs` 0: it takes part. */
function eject(service: Service, target: Target, untilMs: number): void {
  target.ejectedUntilMs = untilMs;
  if (untilMs > 0 && !ejected.some((one) => one.target === target)) ejected.push({ service, target });
}

const takesPart = (target: Target) => target.ejectedUntilMs === 0;

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
