// Answers of nginx's unix socket, parsed.
import { ConnectionFailed, type Reply } from "../lib/http.ts";
import type { BreakerReport, BreakerTransition, DrainReport, GatewayState, TargetDown } from "../wire/edge-state.ts";

/** The reply of GET /state; throws ConnectionFailed when it is none. */
export function parseState(reply: Reply): GatewayState {
  const { revision, digest, workers, lastError, ejected, down, breakers, transitions, connections, leaving, drains } =
    fieldsOf(reply);
  if (typeof revision !== "number" || typeof digest !== "string") throw unusable(reply);
  return {
    revision,
    digest,
    workers: listOf<GatewayState["workers"][number]>(workers),
    ...(typeof lastError === "string" && { lastError }),
    ejected: listOf<GatewayState["ejected"][number]>(ejected),
    down: listOf<TargetDown>(down),
    breakers: listOf<BreakerReport>(breakers),
    transitions: listOf<BreakerTransition>(transitions),
    leaving: listOf<Required<GatewayState>["leaving"][number]>(leaving),
    drains: listOf<DrainReport>(drains),
    connections: (connections ?? {}) as Readonly<Record<string, number>>,
  };
}

function fieldsOf(reply: Reply): Readonly<Record<string, unknown>> {
  if (reply.status !== 200) throw unusable(reply);
  try {
    const value: unknown = JSON.parse(reply.body);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw unusable(reply);
}

/** An empty list of Lua may be written as an empty object. */
function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

function unusable(reply: Reply): ConnectionFailed {
  return new ConnectionFailed("broken", `nginx answered ${reply.status}: ${reply.body.slice(0, 200)}`);
}
