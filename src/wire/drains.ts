// What the control API says of drains: routes, services and hosts that are taken out of use in order.
import type { Drain, RequestsLeft } from "./edge-state.ts";

/** A drain ends what is left of requests after this time at the latest. */
export const longestDrainMs = 7 * 86_400_000;
/** As many are begun at once at the most. */
export const mostDrainsAtOnce = 100;

/** Body of POST /v1/drains: all of them are begun, or none is. */
export interface DrainRequest {
  /** `orders` where only one thing has that name, or `route:orders`, `service:orders`, `host:api-1`. */
  readonly names: readonly string[];
  /** How long what is under way may go on. */
  readonly forMs: number;
}

/** POST /v1/drains. One that was there already has the new deadline. */
export interface DrainAnswer {
  readonly revision: number;
  readonly drains: readonly DrainView[];
  /** Of these, as `service:orders`: those that were drained before. */
  readonly renewed: readonly string[];
  /** Services that have no target left on any host that is not drained. */
  readonly withoutTarget: readonly string[];
}

/** GET /v1/drains. */
export interface DrainsAnswer {
  readonly drains: readonly DrainView[];
}

/** DELETE /v1/drains/service:orders. */
export interface DrainEnded extends Pick<Drain, "kind" | "name"> {
  readonly revision: number;
}

export interface DrainView extends Pick<Drain, "kind" | "name"> {
  /** Who began it, or gave it its deadline. */
  readonly by: string;
  readonly startedAt: string;
  /** When the connections that are left are ended. */
  readonly endsAt: string;
  /** `drained`: every edge has said that nothing is left of it. It stays so until it is taken back. */
  readonly state: "draining" | "drained";
  readonly drainedAt?: string;
  /** On all edges that have said so. */
  readonly left: RequestsLeft;
  readonly edges: readonly EdgeDrain[];
  /** Of a relay: hosts that send packets through it, or have not said that they do not any more. */
  readonly relaysFor?: readonly string[];
}

export interface EdgeDrain {
  readonly edge: string;
  /** Absent: it has not said that it has this drain in force. */
  readonly left?: RequestsLeft;
}

/** `service:orders`: a name that is never another's. */
export const drainName = ({ kind, name }: Pick<Drain, "kind" | "name">) => `${kind}:${name}`;

export const isNothing = ({ requests, connections = 0 }: RequestsLeft) => requests + connections === 0;

/** `5 requests: 3 WebSockets, 1 gRPC call; 2 of them in old workers, 1 connection of listeners`, or `nothing`. */
export function leftText(left: RequestsLeft): string {
  if (isNothing(left)) return "nothing";
  const { requests, connections = 0 } = left;
  const ofListeners = connections > 0 ? [`${counted(connections, "connection")} of listeners`] : [];
  return [...(requests > 0 ? [requestsText(left)] : []), ...ofListeners].join(", ");
}

function requestsText(left: RequestsLeft): string {
  const { requests, webSockets = 0, eventStreams = 0, grpcCalls = 0, inOldWorkers = 0 } = left;
  const kinds = [
    ...(webSockets > 0 ? [counted(webSockets, "WebSocket")] : []),
    ...(eventStreams > 0 ? [counted(eventStreams, "event stream")] : []),
    ...(grpcCalls > 0 ? [counted(grpcCalls, "gRPC call")] : []),
  ];
  const which = kinds.length > 0 ? `: ${kinds.join(", ")}` : "";
  return `${counted(requests, "request")}${which}${inOldWorkers > 0 ? `; ${inOldWorkers} of them in old workers` : ""}`;
}

type DrainViewState = Pick<DrainView, "state" | "edges" | "relaysFor">;
const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** `drained`, `draining`, or `draining, edge-2 has not said so` while an edge does not follow. */
export function drainStateText({ state, edges, relaysFor = [] }: DrainViewState): string {
  if (state === "drained") return "drained";
  if (relaysFor.length > 0) return `draining, still passes on packets of ${counted(relaysFor.length, "host")}`;
  const silent = edges.flatMap(({ edge, left }) => (left === undefined ? [edge] : []));
  if (silent.length === 0) return "draining";
  return `draining, ${silent.join(" and ")} ${silent.length === 1 ? "has" : "have"} not said so`;
}
