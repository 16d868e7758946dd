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
import type { HealthConfig, TargetObject, TargetTlsObject, Timeouts } from "./edge-service.ts";

export interface NginxObject {
  readonly http: { readonly port: number; readonly redirect: boolean } | null;
  /** `shared`: a listener has the port too, takes every connection and hands on those of names that it does not list. */
  readonly https: { readonly port: number; readonly shared?: true } | null;
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
  /** Connections to HTTPS's port start with a PROXY protocol header, which these are believed; absent: they do not. */
  readonly proxies?: readonly string[];
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
  /** It has HTTPS's port: names that it does not list are HTTPS's. */
  readonly https?: true;
  /** Targets are told the client's address (PROXY protocol, version 1). */
  readonly proxyProtocol: boolean;
}

export interface StreamService {
  /** Sorted by name. */
  readonly targets: readonly TargetObject[];
  /** Others, which get no new connection; absent: none. */
  readonly drained?: readonly TargetObject[];
  readonly balance: "roundRobin" | "leastConnections" | "clientIp";
  /** So many failed connections within the cooldown leave a target out for as long. */
  readonly errors: number;
  readonly cooldownMs: number;
  /** How the edge process asks its targets; absent: it does not. */
  readonly health?: HealthConfig;
  /** How it speaks to them for that; absent: in the clear. */
  readonly tls?: TargetTlsObject;
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

export interface RouteCondition {
  /** A header's in lower case. */
  readonly name: string;
  readonly match: "exact" | "present" | "prefix";
  /** Empty for `present`. */
  readonly value: string;
}

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
  /** Of new TLS connections of an address that is no trusted proxy's; absent: any. */
  readonly handshakes?: { readonly intervalMicros: number; readonly burst: number };
  /** For how long such an address opens none after it has flooded HTTP/2; absent: it may. */
  readonly floodBanSeconds?: number;
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
