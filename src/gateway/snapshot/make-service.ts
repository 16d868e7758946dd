// A service made from its object. What a worker knows of its targets (load, slow start, budget) is taken over from the service
// as it was before.
import type { ServiceObject, TargetObject } from "../../wire/edge-service.ts";
import { textHash } from "../balance/hash.ts";
import { newLoad } from "../balance/load.ts";
import { pickersOf, stickyPick } from "../balance/pickers.ts";
import { newBudget } from "../balance/retry-budget.ts";
import { stickyOf } from "../balance/sticky.ts";
import { ejectionWindowMs } from "../ejection-share.ts";
import type { Room } from "../overload/room.ts";
import { newRoom } from "../overload/room.ts";
import { newTally } from "../tally.ts";
import { targetTlsOf } from "../target-tls.ts";
import type { Service, Target } from "../world.ts";
import type { BuildTools } from "./tools.ts";

/** For objects of a time before there were budgets. */
const usualBudget = { percent: 20, least: 10 };

export function makeService(object: ServiceObject, before: Service | undefined, tools: BuildTools): Service {
  const known: Record<string, Target> = {};
  for (const target of before?.targets ?? []) known[target.name] = target;
  const targets = object.targets.map((target) => makeTarget(object, target, known[target.name], before));
  const pickers = pickersOf(object);
  const { percent, least } = object.retryBudget ?? usualBudget;
  const sticky = stickyOf(object, targets);
  const service: Service = {
    name: object.name,
    balance: object.balance,
    targets,
    healthy: [],
    pool: [],
    turns: [],
    cursor: before?.cursor ?? -1,
    ...pickers,
    pick: sticky === undefined ? pickers.pickNew : stickyPick,
    sticky,
    inFlight: before?.inFlight ?? { count: 0 },
    slowStartMs: object.slowStartMs ?? 0,
    ejection: object.ejection,
    breaker: object.breaker && tools.makeBreaker(object.name, object.breaker),
    room: roomOf(object, before?.room),
    furtherTries: Math.max(0, Math.min(object.retries, targets.length - 1)),
    tryTimeoutMs: object.tryTimeoutMs ?? 0,
    budget: before?.budget ?? newBudget(),
    budgetShare: percent / 100,
    leastRetries: least,
    timeouts: object.timeouts,
    protocol: object.protocol ?? "http",
    tls: object.tls && targetTlsOf(object.tls, object.protocol ?? "http"),
    metrics: tools.serviceMetrics(object.name),
  };
  tools.restoreHealth(service);
  return service;
}

/** What was found out of it stays. */
function roomOf({ overload }: ServiceObject, before: Room | undefined): Room | undefined {
  if (overload === undefined) return undefined;
  const { latencyMs, least } = overload;
  return before?.latencyMs === latencyMs && before.least === least ? before : newRoom(latencyMs, least);
}

/** A target that a service had from its start has its whole weight at once; one that comes later starts slowly. */
function makeTarget(
  { name: service, ejection }: ServiceObject,
  { name, address, port, weight = 1, token, tier = 0 }: TargetObject,
  known: Target | undefined,
  before: Service | undefined,
): Target {
  return {
    name,
    address: address.includes(":") ? `[${address}]` : address,
    port,
    id: `${service}/${name}`,
    ejectedUntilMs: 0,
    downReason: undefined,
    isSuspect: ejection.sharePercent !== undefined,
    tally: ejection.sharePercent === undefined ? undefined : newTally(service, `target/${name}`, ejectionWindowMs),
    weight,
    share: weight,
    tier,
    isFar: false,
    seed: textHash(name),
    token,
    isHealthy: known?.isHealthy ?? before === undefined,
    joinedMs: known?.joinedMs ?? Number.NEGATIVE_INFINITY,
    load: known?.load ?? newLoad(),
  };
}
