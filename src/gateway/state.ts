// What the edge process reads from its socket: which snapshot is in force, and what was counted.
import type { GatewayState } from "../wire/edge.ts";
import { current } from "./current.ts";
import { readCounters } from "./flush.ts";
import { ejectedTargets } from "./health.ts";
import { lastRefusal } from "./snapshot/push.ts";
import { workerStates } from "./snapshot/workers.ts";

const cjson: CjsonSafe = require("cjson.safe");

/** GET /state. */
export function sendState(): void {
  const { revision, digest } = current.world;
  const lastError = lastRefusal();
  const state: GatewayState = {
    revision,
    digest,
    workers: workerStates().map((worker) => ({ pid: worker.pid, revision: worker.revision })),
    ejected: ejectedTargets(),
    ...(lastError !== undefined && { lastError }),
  };
  sendJson(state);
}

/** GET /counters. */
export function sendCounters(): void {
  sendJson(readCounters());
}

/** An empty list of Lua goes out as an empty object. */
function sendJson(value: unknown): void {
  const [text] = cjson.encode(value);
  ngx.header["Content-Type"] = "application/json";
  ngx.print(text ?? "{}");
}
