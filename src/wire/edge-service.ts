// What an edge is told of a service and its targets.

export interface Timeouts {
  readonly connectMs: number;
  readonly sendMs: number;
  readonly readMs: number;
  /** Until the response starts, over all tries; absent: none. */
  readonly responseMs?: number;
  /** Until the response ends; absent: none. */
  readonly totalMs?: number;
}

export interface TargetObject {
  /** The host's name, or the URL. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Its part of requests against the others'; 1 unless told. */
  readonly weight?: number;
  /** Its value in a sticky cookie. */
  readonly token?: string;
  /** Targets of the lowest tier come first; 0 unless told. */
  readonly tier?: number;
  /** The name that it was looked up by, with the port where it is not the scheme's own: what health checks say as Host. */
  readonly host?: string;
}

/** A url with a name, all of whose addresses are targets. */
export interface NamedTarget {
  readonly url: string;
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
  /** Those of its targets are made from it. */
  readonly token?: string;
}

/** What the edge process looks up. nginx gets what it finds as targets. */
export interface LookupConfig {
  readonly names: readonly NamedTarget[];
  /** Whom it asks, `ADDRESS:PORT`; absent: the servers and the hosts file of the edge's host. */
  readonly servers?: readonly string[];
  /** The network's own ranges, whose addresses names must not have … */
  readonly network: readonly string[];
  /** … unless they are among these. */
  readonly allow: readonly string[];
}

export interface ServiceObject {
  readonly name: string;
  /** Sorted by name. */
  readonly targets: readonly TargetObject[];
  /** More of them, by name; nginx is told none. */
  readonly lookup?: LookupConfig;
  readonly balance: "roundRobin" | "leastConnections" | "leastLatency" | "hash";
  /** When balance is hash: what requests are hashed on; `name` of the header or cookie, lower-case header. */
  readonly hash?: {
    readonly on: "header" | "cookie" | "path" | "clientIp";
    readonly name?: string;
    /** Most requests in flight of a target, in percent of its share. */
    readonly boundPercent: number;
  };
  readonly sticky?: { readonly cookie: string; readonly maxAgeSeconds?: number };
  /** How long a target that joins takes less than its weight. */
  readonly slowStartMs?: number;
  readonly ejection: EjectionConfig;
  /** The edge process tells which of its targets are far; absent: none is. */
  readonly locality?: "nearest";
  /** How the edge process asks its targets; absent: it does not. */
  readonly health?: HealthConfig;
  readonly breaker?: BreakerConfig;
  readonly overload?: OverloadConfig;
  readonly retries: number;
  /** Retries of a worker: this percentage of its requests of the last seconds, and `least` in any case; 20 and 10 unless told. */
  readonly retryBudget?: { readonly percent: number; readonly least: number };
  /** How long a try may take until its headers while another may follow. */
  readonly tryTimeoutMs?: number;
  readonly timeouts: Timeouts;
  /** Absent: HTTP/1.1. */
  readonly protocol?: "grpc";
  /** Absent: targets are spoken to in the clear. */
  readonly tls?: TargetTlsObject;
}

/** How a service's targets prove who they are, and how the edge does. */
export interface TargetTlsObject {
  /** Sent as SNI, and what their certificate must hold; empty: neither. */
  readonly name: string;
  /** Id of one of NginxObject's `trusts`. */
  readonly trust: string;
  /** The edge's own certificate, as control names it … */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** … and as the edge process gives it to nginx. */
  readonly certificatePem?: string;
  readonly keyPem?: string;
}

export interface EjectionConfig {
  readonly errors: number;
  readonly cooldownMs: number;
  /** Each further ejection lasts twice as long as the one before, up to this; absent: all last `cooldownMs`. */
  readonly longestMs?: number;
  /** Percentage points that a target's share of errors may be above that of the others together. */
  readonly sharePercent?: number;
  /** Of the targets, that ejection never goes below; absent: none. */
  readonly floorPercent?: number;
}

export interface HealthConfig {
  readonly check:
    | {
        readonly kind: "http";
        readonly path: string;
        /** Host header; absent: the target's name that was looked up, or its address. */
        readonly host?: string;
        readonly statuses: readonly { readonly first: number; readonly last: number }[];
        /** Text that the body must hold. */
        readonly body?: string;
      }
    /** grpc.health.v1.Health/Check over h2c; an empty service is the server as a whole. */
    | { readonly kind: "grpc"; readonly service: string }
    | { readonly kind: "tcp" };
  /** Absent: the port of the target. */
  readonly port?: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Answers in a row that bring a target back, and failures in a row that take it out. */
  readonly rise: number;
  readonly fall: number;
}

export interface BreakerConfig {
  /** Failures in a row that open it. */
  readonly errors?: number;
  /** Share of failures over `windowMs` that opens it, once there were `leastRequests`. */
  readonly sharePercent?: number;
  readonly windowMs: number;
  readonly leastRequests: number;
  /** Requests at a time; further ones are refused. */
  readonly active?: number;
  /** Requests at a time that wait for the target to begin its answer; further ones are refused. */
  readonly pending?: number;
  readonly cooldownMs: number;
  /** Requests let through half-open, all of which must succeed to close it. */
  readonly probes: number;
}

export interface OverloadConfig {
  /** Requests beyond those that can be answered in this time on average are refused. */
  readonly latencyMs: number;
  /** So many requests may always wait, of each worker. */
  readonly least: number;
}
