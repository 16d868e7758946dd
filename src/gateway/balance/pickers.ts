// How a service chooses targets: its functions, found once when a snapshot is built, so that a request calls them straight.
import type { ServiceObject } from "../../wire/edge-service.ts";
import type { RequestRecord } from "../record.ts";
import { nowMs } from "../request.ts";
import type { Picker, Service, Target } from "../world.ts";
import { furtherByCost, furtherInTurn, leftOut } from "./further.ts";
import { hashedFurther, hashedTarget, newHashTable } from "./hash.ts";
import { keyOf } from "./key.ts";
import { leastConnected, loadOf } from "./least-connections.ts";
import { costOf, fasterOfTwo } from "./least-latency.ts";
import { firstTarget } from "./round-robin.ts";
import { stuckTarget } from "./sticky.ts";

export interface Pickers {
  readonly pickNew: Picker;
  readonly further: Picker;
  readonly isTracked: boolean;
}

const inTurn: Pickers = {
  pickNew: firstTarget,
  further: (service, request) => furtherInTurn(service, request.tried, request.tries),
  isTracked: false,
};

const byConnections: Pickers = {
  pickNew: leastConnected,
  further: byCost(loadOf),
  isTracked: true,
};

const byLatency: Pickers = {
  pickNew: (service) => fasterOfTwo(service, nowMs()),
  further: byCost(costOf),
  isTracked: true,
};

function byCost(cost: (this: void, target: Target, nowMs: number) => number): Picker {
  return (service, { tried, tries }) =>
    furtherByCost(service, tried, tries, nowMs(), cost) ?? leftOut(service, tried, tries);
}

/** A request without what it is hashed on takes the next target in turn. */
function byHash(hash: NonNullable<ServiceObject["hash"]>): Pickers {
  const key = keyOf(hash);
  const table = newHashTable(hash.boundPercent);
  return {
    pickNew: (service, request) => {
      const its = key(request);
      return its < 0 ? firstTarget(service) : hashedTarget(service, table, its);
    },
    further: (service, request) => {
      const its = key(request);
      const { tried, tries } = request;
      if (its < 0) return furtherInTurn(service, tried, tries);
      return hashedFurther(service, its, tried, tries) ?? leftOut(service, tried, tries);
    },
    isTracked: true,
  };
}

export function pickersOf({ balance, hash }: ServiceObject): Pickers {
  if (balance === "leastConnections") return byConnections;
  if (balance === "leastLatency") return byLatency;
  return balance === "hash" && hash !== undefined ? byHash(hash) : inTurn;
}

/** The pick of a service with a sticky cookie. */
export function stickyPick(service: Service, request: RequestRecord): Target | undefined {
  return stuckTarget(service, service.sticky!) ?? service.pickNew(service, request);
}
