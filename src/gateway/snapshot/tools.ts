// What building a world takes from nginx: JSON, certificates, health, and time for requests in between.
import { restoreHealth } from "../health.ts";
import { routeMetrics, serviceMetrics } from "../metrics-registry.ts";
import { parseCertificate } from "../tls-pair.ts";
import type { BuildTools } from "./parts.ts";

const cjson: CjsonSafe = require("cjson.safe");

const common = { decode: cjson.decode, routeMetrics, serviceMetrics, restoreHealth, parseCertificate };

/** In init there are no requests to wait for, and no way to. */
export const toolsAtStart: BuildTools = { ...common, pause: () => {} };

/** In a timer or a request of the push socket: lets the event loop turn once. */
export const toolsWhileServing: BuildTools = { ...common, pause: () => ngx.sleep(0) };
