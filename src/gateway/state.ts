// What the edge process reads from its socket: which snapshot is in force, and what was counted.
import type { GatewayState } from "../wire/edge-state.ts";
import { breakerReports, lastTransitions } from "./breakers.ts";
import { current } from "./current.ts";
import { drainReports, takeDrains } from "./drains.ts";
import { sendChanges } from "./flush.ts";
import { downTargets, ejectedTargets, takeVerdicts } from "./health.ts";
import { currentRequest, variable } from "./request.ts";
import { lastRefusal } from "./snapshot/push.ts";
import { isDrainsPost, isHealthPost } from "./snapshot/shapes.ts";
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
    connections: connections(),
    ...drainReports(),
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

/** POST /drains. */
export function receiveDrains(): void {
  ngx.req.read_body();
  const [post, error] = cjson.decode(ngx.req.get_body_data() ?? "");
  const isPost = isDrainsPost(post);
  if (isPost) takeDrains(post.drains);
  else ngx.status = 422;
  sendJson(isPost ? {} : { error: error ?? "not the shape of a post" });
}

/** GET /counters?epoch=E&since=N: what was counted, of series that have changed since then; all without a query. */
export function sendCounters(): void {
  const pointer = currentRequest();
  sendChanges(tonumber(variable(pointer, "arg_epoch")) ?? 0, tonumber(variable(pointer, "arg_since")) ?? 0);
}

function connections(): Record<string, number> {
  const pointer = currentRequest();
  const counts: Record<string, number> = {};
  for (const state of ["active", "reading", "writing", "waiting"]) {
    counts[state] = tonumber(variable(pointer, `connections_${state}`)) ?? 0;
  }
  return counts;
}

/** An empty list of Lua goes out as an empty object. */
function sendJson(value: unknown): void {
  const [text] = cjson.encode(value);
  ngx.header["Content-Type"] = "application/json";
  ngx.print(text ?? "{}");
}
