// Services of made-up targets for tests of balancing, and picks counted.

import { textHash } from "../../src/gateway/balance/hash.ts";
import { newLoad } from "../../src/gateway/balance/load.ts";
import { scheduleOf } from "../../src/gateway/balance/schedule.ts";
import type { Service, Target } from "../../src/gateway/world.ts";

export interface TargetParts {
  readonly weight?: number;
  readonly tier?: number;
  readonly isFar?: boolean;
  readonly isHealthy?: boolean;
}

export function targetOf(
  name: string,
  { weight = 1, tier = 0, isFar = false, isHealthy = true }: TargetParts = {},
): Target {
  return {
    name,
    address: "127.0.0.1",
    port: 80,
    id: `app/${name}`,
    ejectedUntilMs: 0,
    isSuspect: false,
    downReason: undefined,
    tally: undefined,
    weight,
    share: weight,
    tier,
    isFar,
    seed: textHash(name),
    token: undefined,
    isHealthy,
    joinedMs: Number.NEGATIVE_INFINITY,
    load: newLoad(),
  };
}

/** What pickers look at; every target takes part. */
export function serviceOf(targets: readonly Target[], slowStartMs = 0): Service {
  const service: Partial<Service> = {
    name: "app",
    targets,
    healthy: targets,
    pool: targets,
    turns: scheduleOf(targets),
    cursor: -1,
    inFlight: { count: 0 },
    slowStartMs,
  };
  return service as Service;
}

/** `t0`, `t1`, … with these weights. */
export function targetsOf(...weights: readonly number[]): Target[] {
  return weights.map((weight, index) => targetOf(`t${index}`, { weight }));
}

/** How often each target is picked. */
export function countsOf(times: number, pick: (turn: number) => Target | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < times; turn++) {
    const name = pick(turn)?.name ?? "none";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The targets' names, in turn. */
export function names(targets: readonly (Target | undefined)[]): string {
  return targets.map((target) => target?.name ?? "none").join(" ");
}
