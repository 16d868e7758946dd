// Which targets of a service take requests now, and with what share: the healthy ones, of those the nearest, a target that
// just joined with less than its weight. With none healthy all of them (fail open).
import type { Service, Target } from "../world.ts";
import { scheduleOf } from "./schedule.ts";

/** Slow start goes from the first share to the whole weight in these steps. */
const rampSteps = 20;
const leastRampShare = 0.1;

/** Services with a target that starts slowly. */
const ramping: Service[] = [];

/** Called at each change of health: who is healthy now takes part. `nowMs` is on the clock of slow start. */
export function takePart(service: Service, isHealthy: (this: void, target: Target) => boolean, nowMs: number): void {
  const healthy: Target[] = [];
  for (const target of service.targets) {
    const was = target.isHealthy;
    target.isHealthy = isHealthy(target);
    if (!target.isHealthy) continue;
    healthy.push(target);
    if (!was) target.joinedMs = nowMs;
  }
  service.healthy = healthy;
  spread(service, nowMs);
}

/** Once in a tick: targets that joined take a larger share. */
export function followSlowStarts(nowMs: number): void {
  for (let i = ramping.length - 1; i >= 0; i--) {
    const service = ramping[i]!;
    ramping.splice(i, 1);
    spread(service, nowMs); // puts it back while it is not over
  }
}

function spread(service: Service, nowMs: number): void {
  const pool = service.healthy.length > 0 ? nearest(service.healthy) : service.targets;
  let isRamping = false;
  let isChanged = pool.length !== service.pool.length;
  pool.forEach((target, index) => {
    const step = rampStep(target, service.slowStartMs, nowMs);
    if (step < rampSteps) isRamping = true;
    const share = step < rampSteps ? target.weight * Math.max(leastRampShare, step / rampSteps) : target.weight;
    if (share !== target.share || service.pool[index] !== target) isChanged = true;
    target.share = share;
  });
  if (isRamping && !ramping.includes(service)) ramping.push(service);
  if (!isChanged) return;
  service.pool = pool;
  service.turns = scheduleOf(pool);
}

function nearest(healthy: readonly Target[]): readonly Target[] {
  let least = distance(healthy[0]!);
  for (const target of healthy) least = Math.min(least, distance(target));
  return healthy.every((one) => distance(one) === least) ? healthy : healthy.filter((one) => distance(one) === least);
}

const distance = ({ tier, isFar }: Target) => 2 * tier + (isFar ? 1 : 0);

function rampStep(target: Target, slowStartMs: number, nowMs: number): number {
  if (slowStartMs === 0) return rampSteps;
  return Math.min(rampSteps, Math.floor(((nowMs - target.joinedMs) / slowStartMs) * rampSteps));
}
