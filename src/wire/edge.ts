// What an edge is told, as keyed objects (wire/objects.ts) of these shapes. `nginx` becomes nginx.conf; all others are
// the snapshot that nginx holds in shared memory and that changes without a reload.
//
//   nginx                   NginxObject     listeners and machine settings (changes rarely, by reload)
//   stream                  StreamObject    ports that pass bytes on: a second nginx, so that its reloads touch no HTTP
//   route/orders            RouteObject
//   service/orders          ServiceObject
//   plugin/jwt/1f2e3d…      PluginObject    one configuration, shared by every route that has the same one
//   limits/edge             LimitsObject    what one client, and all together, may ask of the edge
//   keys/9a8b…              KeysSource from control; the edge process pushes it to nginx as KeysObject
//   why/settings            WhySettings, when they are not the usual ones
//   certificate/…           CertificateObject, made by the edge process from files (never sent by control)

import type { BodySchemaConfig } from "./body-schema.ts";

export interface NginxObject {
  readonly http: { readonly port: number; readonly redirect: boolean } | null;
  readonly https: { readonly port: number } | null;
  readonly trustedProxies: readonly string[];
  /** Every connection starts with a PROXY protocol header; X-Forwarded-For is then not believed. */
  readonly proxyProtocol: boolean;
  /** Forwarded is believed of trusted proxies in place of X-Forwarded-For, and sent to targets; absent: neither. */
  readonly forwarded?: boolean;
  readonly maxHeaderBytes: number;
  /** The largest body any route takes, 1 MiB at least, bytes. */
  readonly maxBodyBytes: number;
  readonly accessLog: boolean;
  /** The edge process copies it to its standard output. */
  readonly accessLogToStdout?: true;
  /** Some route compresses with brotli, whose module nginx then loads. Absent: none. */
  readonly brotli?: boolean;
  readonly tuning: {
    readonly workers?: number;
    readonly connections?: number;
    readonly openFiles?: number;
    readonly backlog?: number;
    readonly clientKeepaliveMs?: number;
    readonly upstreamKeepalive?: number;
    readonly shutdownTimeoutMs?: number;
  };
  readonly certificates: readonly {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly names: readonly string[];
  }[];
  /** Names that need a self-signed certificate. */
  readonly selfSignedNames: readonly string[];
  /**
   * Who may sign the certificates of targets that speak TLS: `system`, `anyone`, or another id and a PEM file of the edge.
   * Sorted by id; absent: no target speaks it.
   */
  readonly trusts?: readonly { readonly id: string; readonly file?: string }[];
}

export interface StreamObject {
  /** By port. */
  readonly listeners: readonly StreamListener[];
  /** By name; all that listeners name. */
  readonly services: Readonly<Record<string, StreamService>>;
  /** Whether the log says who connected. */
  readonly accessLog: boolean;
  readonly tuning: NginxObject["tuning"];
}

export interface StreamListener {
  readonly name: string;
  readonly port: number;
  /** A service; or services by the name in the TLS client hello, exact or `*.x`. */
  readonly to: string | readonly { readonly names: readonly string[]; readonly service: string }[];
  /** Canonical prefixes of who may connect; absent: everyone. */
  readonly ipAllow?: readonly string[];
  /** At a time: of all clients together, and of one address. */
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly connectMs: number;
  readonly idleMs: number;
  /** Targets are told the client's address (PROXY protocol, version 1). */
  readonly proxyProtocol: boolean;
}

export interface StreamService {
  /** Sorted by name. */
  readonly targets: readonly TargetObject[];
  readonly balance: "roundRobin" | "leastConnections" | "clientIp";
  /** So many failed connections within the cooldown leave a target out for as long. */
  readonly errors: number;
  readonly cooldownMs: number;
}

export interface RouteObject {
  readonly name: string;
  /** Lower-case; `*.x` wildcard; `*` any. */
  readonly hosts: readonly string[];
  /** A segment `{name}` stands for any one. */
  readonly paths: readonly { readonly kind: "exact" | "prefix"; readonly path: string }[];
  /** Upper-case; empty: all. */
  readonly methods: readonly string[];
  /** What it asks of headers and of the query, sorted by name; left out when it asks nothing. */
  readonly headers?: readonly RouteCondition[];
  readonly query?: readonly RouteCondition[];
  /** Key of a ServiceObject without `service/`; absent where the gateway answers itself. */
  readonly service?: string;
  /** Instead of one service. */
  readonly split?: SplitConfig;
  readonly redirect?: RedirectConfig;
  readonly respond?: RespondConfig;
  readonly maintenance?: { readonly retryAfterSeconds: number };
  readonly rewrite?: RewriteConfig;
  readonly mirror?: MirrorConfig;
  /** Whole keys of PluginObjects (`plugin/jwt/…`), in the fixed order in which they run. */
  readonly plugins: readonly string[];
  readonly maxBodyBytes: number;
  /** Those that differ from the service's. */
  readonly timeouts?: Partial<Timeouts>;
  /** Absent: both. */
  readonly buffering?: { readonly request: boolean; readonly response: boolean };
}

/** What it does not name is the request's own. */
export interface RedirectConfig {
  readonly status: number;
  readonly scheme?: "http" | "https";
  /** With its port where that is not the scheme's. */
  readonly host?: string;
  /** Of the request's own host in the other scheme, where it is not the scheme's. */
  readonly port?: number;
  /** The whole path. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

/** Copies of requests for another service. */
export interface MirrorConfig {
  /** Key of a ServiceObject without `service/`. */
  readonly service: string;
  /** Of the requests that go on to a target. */
  readonly percent: number;
  /** Of a body; requests with a larger one are not copied. */
  readonly mostBytes: number;
}

export interface SplitConfig {
  /** Keys of ServiceObjects without `service/`; a cookie that keeps a choice holds the token. */
  readonly services: readonly { readonly name: string; readonly weight: number; readonly token?: string }[];
  /** What keeps a client with its service: a header (lower-case) that it sends, or a cookie that it is given. */
  readonly keep?: { readonly header?: string; readonly cookie?: string; readonly maxAgeSeconds?: number };
}

/** What the service gets in place of the request's own. */
export interface RewriteConfig {
  readonly host?: string;
  /** The whole path. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

export interface RespondConfig {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Timeouts {
  readonly connectMs: number;
  readonly sendMs: number;
  readonly readMs: number;
  /** Until the response starts, over all tries; absent: none. */
  readonly responseMs?: number;
  /** Until the response ends; absent: none. */
  readonly totalMs?: number;
}

export interface RouteCondition {
  /** A header's in lower case. */
  readonly name: string;
  readonly match: "exact" | "present" | "prefix";
  /** Empty for `present`. */
  readonly value: string;
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
}

export interface ServiceObject {
  readonly name: string;
  /** Sorted by name. */
  readonly targets: readonly TargetObject[];
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
        /** Host header; absent: the target's address. */
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

export interface TargetName {
  readonly service: string;
  readonly target: string;
}

export interface TargetDown extends TargetName {
  readonly reason: string;
}

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

/** What is kept for `portway why` beside failures. */
export interface WhySettings {
  /** Chance of a request to be in the sample; 1 unless told. */
  readonly samplePercent?: number;
}

export interface JwtConfig {
  readonly issuer?: string;
  readonly audience: readonly string[];
  readonly skewSeconds: number;
  /** Key of the KeysObject, without `keys/`. */
  readonly keys: string;
  /** Claims that templates of the route name. */
  readonly claims?: readonly string[];
}

export interface CorsConfig {
  /** Every origin may read answers; never with credentials. */
  readonly isOpen: boolean;
  readonly origins: readonly string[];
  /** Origins that begin and end so, with a name between. */
  readonly patterns: readonly { readonly start: string; readonly end: string }[];
  readonly credentials: boolean;
  /** Header values; an empty one is not sent. */
  readonly methods: string;
  readonly headers: string;
  readonly expose: string;
  readonly maxAge: string;
}

export interface RateLimitConfig {
  readonly per: "clientIp" | "subject" | "route" | "header";
  /** Lower-case header name when per is header. */
  readonly header?: string;
  /** Time between two tokens, microseconds (GCRA's emission interval). */
  readonly intervalMicros: number;
  readonly burst: number;
  /** For the RateLimit headers: the quota and its window. */
  readonly tokens: number;
  readonly perMs: number;
  /** Buckets of different configurations never share a key. */
  readonly id: string;
}

export interface IpListConfig {
  /** Canonical prefixes, sorted, none inside another. */
  readonly prefixes: readonly string[];
}

/** A text, or its parts: text and what a request fills in. Without one of those the whole value is missing. */
export type TemplateValue = string | readonly (string | TemplateField)[];

/** `client.ip`, `request.id`, a segment of the path, a header (lower-case), a query parameter or a claim by its name. */
export interface TemplateField {
  readonly from: "client" | "request" | "path" | "header" | "query" | "jwt";
  readonly name: string;
}

export interface HeaderEditsConfig {
  /** Old and new name. */
  readonly rename?: readonly (readonly [string, string])[];
  readonly set: readonly (readonly [string, TemplateValue])[];
  readonly add: readonly (readonly [string, TemplateValue])[];
  readonly remove: readonly string[];
}

export interface ContentTypesConfig {
  /** Lower-case media types, or `image/*`. */
  readonly types: readonly string[];
}

/** The path that the target gets, not encoded. */
export interface PathConfig {
  readonly path: TemplateValue;
}

/** By decoded names; values are not encoded. */
export interface QueryEditsConfig {
  readonly rename: readonly (readonly [string, string])[];
  readonly set: readonly (readonly [string, TemplateValue])[];
  readonly add: readonly (readonly [string, TemplateValue])[];
  readonly remove: readonly string[];
}

export interface SecurityHeadersConfig {
  readonly set: readonly (readonly [string, string])[];
  readonly remove: readonly string[];
}

export interface CompressConfig {
  /** Content codings, the preferred one first. */
  readonly encodings: readonly string[];
  /** Lower-case media types, or `text/*`. */
  readonly types: readonly string[];
  readonly minBytes: number;
}

export interface HstsConfig {
  /** The whole header value (RFC 6797). */
  readonly value: string;
}

/** Order is the order of execution. */
export interface PluginConfigs {
  readonly ipAllow: IpListConfig;
  readonly ipDeny: IpListConfig;
  readonly cors: CorsConfig;
  readonly jwt: JwtConfig;
  readonly rateLimit: RateLimitConfig;
  readonly contentTypes: ContentTypesConfig;
  readonly bodySchema: BodySchemaConfig;
  readonly path: PathConfig;
  readonly requestHeaders: HeaderEditsConfig;
  readonly query: QueryEditsConfig;
  readonly securityHeaders: SecurityHeadersConfig;
  readonly responseHeaders: HeaderEditsConfig;
  readonly hsts: HstsConfig;
  readonly compress: CompressConfig;
}

export type PluginObject = {
  [Name in keyof PluginConfigs]: { readonly plugin: Name; readonly config: PluginConfigs[Name] };
}[keyof PluginConfigs];

/** Absent parts limit nothing. */
export interface LimitsObject {
  readonly clients?: ClientLimitsConfig;
}

/** For each client address, a /64 of IPv6. */
export interface ClientLimitsConfig {
  /** Requests at a time: connections of HTTP/1.1 that ask for something, streams of HTTP/2. */
  readonly connections: number;
  /** Time between two requests in the long run, microseconds. */
  readonly intervalMicros: number;
  /** How many may come at once. */
  readonly burst: number;
}

/** As control sends it: JWKs in the spec, or a file on the edge host. */
export type KeysSource =
  | { readonly kind: "inline"; readonly jwks: readonly Readonly<Record<string, unknown>>[] }
  | { readonly kind: "file"; readonly path: string };

/** As nginx gets it: parsed, one algorithm family a key. */
export interface KeysObject {
  readonly keys: readonly VerificationKey[];
}

export interface VerificationKey {
  /** Absent: a token without kid, or with any, may use it. */
  readonly kid?: string;
  /** JWA names (RFC 7518) that this key may verify; the token's alg must be one of them. */
  readonly algorithms: readonly string[];
  /** SubjectPublicKeyInfo DER, base64, for RSA, EC and OKP keys. */
  readonly spki?: string;
  /** Key bytes, base64, for HMAC. */
  readonly secret?: string;
}

export interface CertificateObject {
  /** Lower-case names it serves, exact or `*.x`. */
  readonly names: readonly string[];
  /** PEM chain, leaf first. */
  readonly certificatePem: string;
  readonly keyPem: string;
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

export interface DrainReport extends Drain {
  readonly requests: number;
}

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
}
