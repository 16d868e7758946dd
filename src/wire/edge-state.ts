// What the edge process and nginx tell each other over nginx's unix socket.

/** POST /health on nginx's unix socket: every target that must not be used now, and every one that is far, in place of what was told before. */
export interface HealthPost {
  /** They are forgotten when they are not told again within this time: no checker, no verdict. */
  readonly leaseMs: number;
  readonly down: readonly TargetDown[];
  /** Targets that are used only when no other of their tier is healthy; none unless told. */
  readonly far?: readonly TargetName[];
}

/** What is taken out of use: no new requests, and after `endMs` (since the epoch) none at all. */
export interface Drain {
  readonly kind: "route" | "service" | "host";
  readonly name: string;
  readonly endMs: number;
}

/** POST /drains on nginx's unix socket: all of them, in place of what was told before. */
export interface DrainsPost {
  readonly drains: readonly Drain[];
}

/** Connections of listeners to this address and port end at `endMs`, since the epoch. */
export interface ConnectionEnd {
  readonly address: string;
  readonly port: number;
  readonly endMs: number;
}

/** Clients' connections to this port of a listener end at `endMs`, since the epoch. */
export interface ListenerEnd {
  readonly port: number;
  readonly endMs: number;
}

/** POST /ends on the unix socket of listeners' nginx: all of them, in place of what was told before. */
export interface EndsPost {
  readonly ends: readonly ConnectionEnd[];
  readonly listeners: readonly ListenerEnd[];
}

export interface TargetName {
  readonly service: string;
  readonly target: string;
}

export interface TargetDown extends TargetName {
  readonly reason: string;
}

/** The reason of a target that no probe of the agent comes back from: its requests need not wait for it. */
export type DarkReason = "its tunnel is dark";

export type BreakerState = "closed" | "open" | "halfOpen";

export interface BreakerReport {
  readonly service: string;
  readonly state: BreakerState;
  /** Why it opened: `errors` or `share`, `probe` after a probe that failed. */
  readonly reason?: string;
  /** Requests now. */
  readonly active?: number;
  readonly pending?: number;
}

/** A breaker came into another state. */
export interface BreakerTransition {
  /** 1, 2, 3, … while this nginx runs. */
  readonly id: number;
  readonly service: string;
  readonly state: BreakerState;
  readonly reason: string;
  /** Since the epoch. */
  readonly atMs: number;
}

/** What is kept for `portway why` beside failures, and who is told of a request in its answer. */
export interface WhySettings {
  /** Chance of a request to be in the sample; 1 unless told. */
  readonly samplePercent?: number;
  /** Left out when there are none. */
  readonly debugKeys?: readonly DebugKey[];
}

/** Signs the tokens of the header Portway-Debug. */
export interface DebugKey {
  readonly id: string;
  /** base64. */
  readonly secret: string;
  /** When the last of its tokens is over, ms since the epoch. */
  readonly untilMs: number;
}

/** POST /snapshot on nginx's unix socket. Objects are JSON texts. Answered when every worker has the revision in force. */
export interface SnapshotPush {
  /** Revision this builds on; 0 with `full` replaces everything. */
  readonly from: number;
  readonly to: number;
  readonly full: boolean;
  readonly upserts: Readonly<Record<string, string>>;
  readonly removes: readonly string[];
  /** Set digest of all objects after the push (wire/objects.ts). */
  readonly digest: string;
}

/** 200, or 409 `from` is not the current revision, 422 not whole or not valid (the last state stays). */
export interface SnapshotReply {
  readonly revision: number;
  readonly digest: string;
  readonly workers: number;
  readonly error?: string;
}

/** How many requests have not ended, and how many of these are of a kind that lives long. */
export interface RequestsLeft {
  readonly requests: number;
  readonly webSockets?: number;
  readonly eventStreams?: number;
  /** Unary ones too. */
  readonly grpcCalls?: number;
  /** In workers that a reload has replaced. */
  readonly inOldWorkers?: number;
  /** Of listeners, beside the requests. */
  readonly connections?: number;
}

export interface DrainReport extends Drain, RequestsLeft {}

/** GET /state on nginx's unix socket. Lua has one kind of empty table: an empty list may come as `{}`. */
export interface GatewayState {
  /** 0: no snapshot yet. */
  readonly revision: number;
  readonly digest: string;
  readonly workers: readonly { readonly pid: number; readonly revision: number }[];
  /** Why the last push was refused. */
  readonly lastError?: string;
  /** Targets left out, until when in ms since the epoch. */
  readonly ejected: readonly { readonly service: string; readonly target: string; readonly untilMs: number }[];
  /** Workers that a reload has replaced, and the requests that they have left. */
  readonly leaving?: readonly { readonly pid: number; readonly requests: number }[];
  /** What POST /drains told last, and the requests that are left of each in all workers. */
  readonly drains?: readonly DrainReport[];
  /** What POST /health told last. */
  readonly down?: readonly TargetDown[];
  readonly breakers?: readonly BreakerReport[];
  /** The last ones, oldest first. */
  readonly transitions?: readonly BreakerTransition[];
  /** Of clients, as nginx counts them: `active`, and of these `reading`, `writing`, `waiting`. */
  readonly connections?: Readonly<Record<string, number>>;
}

/**
 * What GET /counters tells, put together: sums over all workers, by `name|label=value,label=value` with a metric's Prometheus
 * name. On the wire it is lines: {epoch, changes} for the next query, then `["NAME",COUNT]` or
 * `["NAME#",SUM_MS,[UPPER_MS,COUNT,…]]` of each series that has changed since.
 */
export interface GatewayCounters {
  readonly counters: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, TimeHistogram>>;
}

export interface TimeHistogram {
  /** Upper ends in ms, ascending, each with the observations in that bucket alone (src/gateway/buckets.ts). */
  readonly buckets: readonly (readonly [upperMs: number, count: number])[];
  readonly sumMs: number;
  readonly count: number;
  /** Ends that are told, where they are not the usual ones; each is a bucket's. */
  readonly boundsMs?: readonly number[];
  /** Up to where each bucket holds one time alone; 100 unless told. */
  readonly exactMs?: number;
}

/** Services, and routes, that have series of their own; the rest are `other`. A type, since nginx's workers and the edge process share no values. */
export type MostNamedSeries = 1000;
