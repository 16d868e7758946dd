// What building a world takes from nginx: JSON, certificates, health, metrics.
import { makeBreaker } from "../breakers.ts";
import { restoreHealth } from "../health.ts";
import { routeMetrics, serviceMetrics } from "../metrics-registry.ts";
import { parseCertificate } from "../tls-pair.ts";
import type { BuildTools } from "./parts.ts";
import type { Work } from "./slices.ts";

const cjson: CjsonSafe = require("cjson.safe");

export function toolsWith(work: Work): BuildTools {
  const decode = cjson.decode;
  const workers = ngx.worker.count();
  return { work, decode, workers, routeMetrics, serviceMetrics, makeBreaker, restoreHealth, parseCertificate };
}
