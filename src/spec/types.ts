// The file after parsing: every default filled in, every unit one number, every prefix canonical. What `plan` reads.
// Written shapes (durations, sizes, rates as text) exist only in the schema; past it there are ms, bytes and counts.

/** A whole valid file. Record keys are in code-unit order, so equal files give equal bytes. */
export interface Spec {
  readonly version: 1;
  readonly network: NetworkSpec;
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly access: readonly AccessRule[];
  readonly services: Readonly<Record<string, ServiceSpec>>;
  readonly policies: Readonly<Record<string, PluginSet>>;
  readonly routes: readonly RouteSpec[];
  readonly listeners: readonly ListenerSpec[];
  readonly tls: TlsSpec;
  readonly edge: EdgeSpec;
}

export interface NetworkSpec {
  readonly name: string;
  /** Canonical IPv4 prefix of the overlay, `10.77.0.0/16`. */
  readonly ipv4: string;
  /** Canonical /48 ULA (RFC 4193), derived from the name unless the file gives one. */
  readonly ipv6: string;
  readonly keepaliveSeconds: number;
  /** MTU of the overlay interfaces, bytes; 1420 fits an outer MTU of 1500 over IPv6. */
  readonly mtu: number;
}

export type Role = "edge" | "relay";

export interface HostSpec {
  readonly roles: readonly Role[];
  readonly tags: readonly string[];
  /** Where others reach this host's `pw0`: a name or address and a UDP port. */
  readonly endpoint?: Endpoint;
  /** UDP ports of the planes this host listens on. */
  readonly ports: { readonly direct: number; readonly relay: number };
  /** A fixed overlay IPv4 address instead of the derived one. */
  readonly address?: string;
}

export interface Endpoint {
  /** DNS name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `tag:api`, `role:edge`, `host:db-1` (a bare name means host) or `all`. */
export type Selector =
  | { readonly kind: "tag"; readonly name: string }
  | { readonly kind: "role"; readonly name: Role }
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "all" };

export interface AccessRule {
  readonly from: readonly Selector[];
  readonly to: readonly Selector[];
  readonly allow: readonly Allowance[];
}

/** What a rule lets through. `tcp/5432`, `udp/8000-8100`, `icmp`, `any`. Ports only for tcp and udp; inclusive. */
export interface Allowance {
  readonly protocol: "tcp" | "udp" | "icmp" | "any";
  readonly ports?: { readonly first: number; readonly last: number };
}

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

/** A target outside the mesh: HTTP to a literal address. */
export interface UrlTarget {
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** HTTPS. */
  readonly isSecure?: boolean;
  /** Its part of the requests; 1 unless told. */
  readonly weight?: number;
}

export interface RouteSpec {
  readonly name: string;
  /** Lower-case names, exact or `*.example.com`; `*` any. */
  readonly hosts: readonly string[];
  readonly paths: readonly PathMatch[];
  /** Upper-case methods; empty: all. */
  readonly methods: readonly string[];
  /** What it asks of headers and of the query, sorted by name. */
  readonly headers: readonly Condition[];
  readonly query: readonly Condition[];
  /** Absent: the route answers itself, or has several. */
  readonly service?: string;
  readonly split?: SplitSpec;
  readonly redirect?: RedirectSpec;
  readonly respond?: RespondSpec;
  readonly rewrite?: RewriteSpec;
  readonly mirror?: MirrorSpec;
  /** Requests are answered with 503 instead. */
  readonly maintenance?: { readonly retryAfterSeconds: number };
  /** The effective plugins: the named policies in order, then `use`; a later one replaces an earlier of the same name. */
  readonly plugins: PluginSet;
  /** The largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Those that differ from its service's. */
  readonly timeouts: Partial<TimeoutsSpec>;
  /** Whether bodies are held back: of requests until they are whole, of responses while the client is slow. */
  readonly buffering: { readonly request: boolean; readonly response: boolean };
}

/** Copies of requests for another service. */
export interface MirrorSpec {
  readonly service: string;
  readonly percent: number;
  /** Of a body; requests with a larger one are not copied. */
  readonly mostBytes: number;
}

/** Services by weight; one at least has a weight above 0. */
export interface SplitSpec {
  readonly services: readonly { readonly name: string; readonly weight: number }[];
  /** What keeps a client with its service. */
  readonly keep?:
    | { readonly kind: "cookie"; readonly name: string; readonly maxAgeSeconds?: number }
    /** Its name in lower case. */
    | { readonly kind: "header"; readonly name: string };
}

/** Where clients are sent; what it does not name is the request's. */
export interface RedirectSpec {
  readonly status: number;
  readonly scheme?: "http" | "https";
  /** A lower-case name, `:port` after it where that is not the scheme's own. */
  readonly host?: string;
  /** The whole path; exclusive with `prefix`. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

/** What the service gets; what it does not name is the request's. */
export interface RewriteSpec {
  /** A lower-case name, and `:port` where one is written. */
  readonly host?: string;
  /** The whole path; exclusive with `prefix`. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

/** A fixed answer. */
export interface RespondSpec {
  readonly status: number;
  /** By name as written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a route asks of a header (its name in lower case) or of a parameter of the query. */
export interface Condition {
  readonly name: string;
  readonly match: "exact" | "present" | "prefix";
  /** Empty for `present`. */
  readonly value: string;
}

/** A segment `{name}` stands for any. `/orders/` and `/orders/*` are prefixes (segment boundary), `= /orders` style exact is written without a trailing slash or star. */
export interface PathMatch {
  readonly kind: "exact" | "prefix";
  /** For a prefix without its last `/`: `/orders` matches `/orders` and `/orders/…`; `` matches all. */
  readonly path: string;
}

/** Plugin configurations by name; absent: the plugin does not run. */
export interface PluginSet {
  readonly ipAllow?: { readonly prefixes: readonly string[] };
  readonly ipDeny?: { readonly prefixes: readonly string[] };
  readonly cors?: CorsSpec;
  readonly jwt?: JwtSpec;
  readonly rateLimit?: RateLimitSpec;
  /** Lower-case media types, or `image/*`. */
  readonly contentTypes?: { readonly types: readonly string[] };
  readonly bodySchema?: BodySchemaSpec;
  /** The whole path that the service gets, with templates, not encoded. */
  readonly path?: { readonly template: string };
  readonly requestHeaders?: HeaderEdits;
  readonly query?: QueryEdits;
  readonly securityHeaders?: SecurityHeadersSpec;
  readonly responseHeaders?: HeaderEdits;
  readonly hsts?: { readonly maxAgeSeconds: number; readonly includeSubdomains: boolean; readonly preload: boolean };
  readonly compress?: CompressSpec;
}

export type PluginName = keyof PluginSet;

export interface CorsSpec {
  /** Lower-case origins, `https://*.example.com`, or `*` alone. */
  readonly origins: readonly string[];
  /** Absent: those of the route. */
  readonly methods?: readonly string[];
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  /** Never with `*`. */
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

export interface JwtSpec {
  readonly issuer?: string;
  /** One of them must be in `aud`; empty: not checked. */
  readonly audience: readonly string[];
  readonly skewSeconds: number;
  /** JWKs written in the file (RFC 7517), exactly as given. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** A JWKS file on the edge host; exclusive with `keys`. */
  readonly jwksFile?: string;
}

export interface RateLimitSpec {
  readonly per:
    | { readonly kind: "clientIp" | "subject" | "route" }
    | { readonly kind: "header"; readonly name: string };
  /** Tokens refilled every `perMs`. */
  readonly tokens: number;
  readonly perMs: number;
  /** The bucket's size, tokens. */
  readonly burst: number;
}

/** By decoded names; values are not encoded, and may hold templates. */
export interface QueryEdits {
  readonly rename: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface SecurityHeadersSpec {
  readonly frames: "deny" | "sameOrigin" | "any";
  readonly referrer: string;
  readonly isolate: boolean;
  readonly contentSecurityPolicy?: string;
  readonly permissions?: string;
}

export interface BodySchemaSpec {
  /** A JSON Schema as it is written, checked (body-schema/check.ts). */
  readonly schema: unknown;
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** Whether POST, PUT and PATCH need a body. */
  readonly isRequired: boolean;
}

export interface CompressSpec {
  /** The preferred one first. */
  readonly encodings: readonly ("br" | "gzip")[];
  /** Lower-case media types, or `text/*`. */
  readonly types: readonly string[];
  /** Answers below this are sent as they are. */
  readonly minBytes: number;
}

export interface HeaderEdits {
  /** New name by old. */
  readonly rename: Readonly<Record<string, string>>;
  /** Values may hold templates (template.ts), here and in `add`. */
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** A port whose bytes go to a service as they are. */
export interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  /** Where every connection goes; or by the name that the client asks for (RFC 6066 section 3). */
  readonly to: string | readonly { readonly names: readonly string[]; readonly service: string }[];
  /** Canonical prefixes; absent: everyone. */
  readonly ipAllow?: readonly string[];
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly proxyProtocol: boolean;
}

export interface TlsSpec {
  readonly certificates: readonly {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly names: readonly string[];
  }[];
  /** Make a self-signed certificate for every name that no file covers (labs). */
  readonly selfSigned: boolean;
}

export interface ClientLimitsSpec {
  /** Requests at a time. */
  readonly connections: number;
  /** Requests every `perMs`. */
  readonly tokens: number;
  readonly perMs: number;
  readonly burst: number;
}

export interface EdgeSpec {
  readonly http: { readonly port: number; readonly redirect: boolean } | null;
  readonly https: { readonly port: number } | null;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Every connection starts with a PROXY protocol header; X-Forwarded-For is then not believed. */
  readonly proxyProtocol: boolean;
  /** Forwarded is believed of trusted proxies in place of X-Forwarded-For, and sent to targets. */
  readonly forwarded: boolean;
  readonly maxHeaderBytes: number;
  /** For each client address; null: none. */
  readonly limits: ClientLimitsSpec | null;
  readonly accessLog: boolean;
  /** Whether it goes to the edge's standard output too. */
  readonly accessLogToStdout: boolean;
  /** Share of the requests that is kept for `portway why` beside those that fail. */
  readonly whySamplePercent: number;
  /** Values that replace those chosen from the machine's size. */
  readonly tuning: {
    readonly workers?: number;
    readonly connections?: number;
    readonly openFiles?: number;
    readonly backlog?: number;
    readonly clientKeepaliveMs?: number;
    readonly upstreamKeepalive?: number;
    readonly shutdownTimeoutMs?: number;
  };
}
