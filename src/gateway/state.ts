// What the edge process reads from its socket: which snapshot is in force, and what was counted.
import type { GatewayState } from "../wire/edge.ts";
import { breakerReports, lastTransitions } from "./breakers.ts";
import { current } from "./current.ts";
import { readCounters } from "./flush.ts";
import { downTargets, ejectedTargets, takeVerdicts } from "./health.ts";
import { lastRefusal } from "./snapshot/push.ts";
import { isHealthPost } from "./snapshot/shapes.ts";
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
    down: downTargets(),
    breakers: breakerReports(),
    transitions: lastTransitions(),
    ...(lastError !== undefined && { lastError }),
  };
  sendJson(state);
}

/** POST /health. */
export function receiveHealth(): void {
  ngx.req.read_body();
  const [post, error] = cjson.decode(ngx.req.get_body_data() ?? "");
  const problem = error ?? (isHealthPost(post) ? takeVerdicts(post) : "not the shape of a post");
  if (problem !== undefined) ngx.status = 422;
  sendJson(problem === undefined ? {} : { error: problem });
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
