// What building a world takes from nginx: JSON, certificates, health, metrics.

import type { BreakerConfig } from "../../wire/edge-service.ts";
import type { Breaker } from "../breaker.ts";
import { makeBreaker } from "../breakers.ts";
import { restoreHealth } from "../health.ts";
import type { RouteMetrics, ServiceMetrics } from "../metrics.ts";
import { routeMetrics, serviceMetrics } from "../metrics-registry.ts";
import { parseCertificate } from "../tls-pair.ts";
import type { Service } from "../world.ts";
import type { Work } from "./slices.ts";

const cjson: CjsonSafe = require("cjson.safe");

/** @noSelf */
export interface BuildTools {
  readonly decode: (text: string) => LuaMultiReturn<[value: unknown, error?: string]>;
  readonly work: Work;
  /** How many there are. */
  readonly workers: number;
  readonly routeMetrics: (name: string) => RouteMetrics;
  readonly serviceMetrics: (name: string) => ServiceMetrics;
  /** As all workers share it. */
  readonly makeBreaker: (service: string, config: BreakerConfig) => Breaker;
  /** Marks the targets that are left out now. */
  readonly restoreHealth: (service: Service) => void;
  /** Throws a sentence when the pair cannot be used. */
  readonly parseCertificate: (chainPem: string, keyPem: string) => { readonly chain: CData; readonly key: CData };
}

export function toolsWith(work: Work): BuildTools {
  const decode = cjson.decode;
  const workers = ngx.worker.count();
  return { work, decode, workers, routeMetrics, serviceMetrics, makeBreaker, restoreHealth, parseCertificate };
}
