// Services after parsing: every default filled in, every unit one number.
import type { Selector } from "./types.ts";

export interface ServiceSpec {
  /** Hosts of the mesh, by selector; exclusive with `urls`. */
  /** Of several entries for a host the last one's weight counts. */
  readonly targets: readonly TargetSelector[];
  readonly urls: readonly UrlTarget[];
  /** The port on mesh targets. */
  readonly port?: number;
  readonly balance: "roundRobin" | "leastConnections" | "leastLatency" | "hash";
  /** When balance is hash. */
  readonly hash?: HashSpec;
  readonly sticky?: { readonly cookie: string; readonly maxAgeSeconds?: number };
  /** How long a target that joins takes less than its weight; 0: not at all. */
  readonly slowStartMs: number;
  readonly locality: "none" | "sameHost" | "nearest";
  readonly ejection: EjectionSpec;
  readonly health?: HealthSpec;
  readonly breaker?: BreakerSpec;
  /** Requests beyond those that are answered in `latencyMs` on average are refused; `least` of each worker never. */
  readonly overload?: { readonly latencyMs: number; readonly least: number };
  /** Further targets tried for an idempotent request (RFC 9110 section 9.2.2), or one that was never sent. */
  readonly retries: RetriesSpec;
  readonly timeouts: TimeoutsSpec;
  /** `grpc`: targets are spoken to in HTTP/2. */
  readonly protocol: "http" | "grpc";
  readonly tls?: TargetTlsSpec;
  /** When a url has a name. */
  readonly resolve?: ResolveSpec;
}

/** How targets prove who they are, and how the edge does. */
export interface TargetTlsSpec {
  /** Sent as SNI; what their certificate must hold unless anyone is trusted. */
  readonly name?: string;
  /** Who may sign their certificates: the system's authorities, those of a PEM file on the edge, or anyone. */
  readonly trust: "system" | "anyone" | { readonly file: string };
  /** The edge's own, files on the edge. */
  readonly certificate?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface TimeoutsSpec {
  readonly connectMs: number;
  readonly sendMs: number;
  readonly readMs: number;
  /** Until the response starts, over all tries. */
  readonly responseMs?: number;
  /** Until the response ends. */
  readonly totalMs?: number;
}

/** Each host that it selects takes so many parts of the requests; 1 unless told. */
export type TargetSelector = Selector & { readonly weight?: number };

export interface HashSpec {
  readonly on: "header" | "cookie" | "path" | "clientIp";
  /** Of the header (lower-case) or cookie. */
  readonly name?: string;
  /** A target has at most this percentage of its share of the requests in flight; the rest goes on to the next. */
  readonly boundPercent: number;
}

export interface RetriesSpec {
  /** Of one request. */
  readonly most: number;
  /** A try that another may follow gets this long until its headers. */
  readonly tryTimeoutMs?: number;
  /** Of the requests of the last seconds. */
  readonly budgetPercent: number;
  /** Retries in ten seconds that every worker may make whatever its traffic. */
  readonly least: number;
}

/** A target is left out for `cooldownMs` after `errors` failures in a row; again and again, for up to `longestMs`. */
export interface EjectionSpec {
  readonly errors: number;
  readonly cooldownMs: number;
  readonly longestMs: number;
  /** Percentage points that its share of errors may be above that of the others. */
  readonly sharePercent?: number;
  /** Of the targets, that are never left out. */
  readonly floorPercent: number;
}

/** How the edge asks each target whether it is well. */
export interface HealthSpec {
  readonly check:
    | {
        readonly kind: "http";
        readonly path: string;
        readonly host?: string;
        readonly statuses: readonly { readonly first: number; readonly last: number }[];
        readonly body?: string;
      }
    | { readonly kind: "grpc"; readonly service: string }
    | { readonly kind: "tcp" };
  readonly port?: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
}

/** When requests to a service are refused at the edge. */
export interface BreakerSpec {
  readonly errors?: number;
  readonly sharePercent?: number;
  readonly windowMs: number;
  readonly leastRequests: number;
  readonly active?: number;
  readonly pending?: number;
  readonly cooldownMs: number;
  readonly probes: number;
}

/** How the edge looks up the names in `urls`. */
export interface ResolveSpec {
  /** Whom it asks, `ADDRESS:PORT`; those of its host unless told. */
  readonly servers?: readonly string[];
  /** Addresses that the names may have although they are the edge host's or the network's own. */
  readonly allow: readonly string[];
}

/** A target outside the mesh: HTTP to an address, or to all addresses of a name. */
export interface UrlTarget {
  readonly url: string;
  readonly address?: string;
  /** Instead of `address`. */
  readonly name?: string;
  readonly port: number;
  /** HTTPS. */
  readonly isSecure?: boolean;
  /** Its part of the requests; 1 unless told. */
  readonly weight?: number;
}
