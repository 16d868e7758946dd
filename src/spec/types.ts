// The file after parsing: every default filled in, every unit one number, every prefix canonical. What `plan` reads.
// Written shapes (durations, sizes, rates as text) exist only in the schema; past it there are ms, bytes and counts.
import type { PluginSet } from "./plugin-types.ts";
import type { RouteSpec } from "./route-types.ts";
import type { ServiceSpec } from "./service-types.ts";

/** A whole valid file. Record keys are in code-unit order, so equal files give equal bytes. */
export interface Spec {
  readonly version: 1;
  readonly network: NetworkSpec;
  readonly join: JoinSpec;
  readonly hosts: Readonly<Record<string, HostSpec>>;
  readonly access: readonly AccessRule[];
  readonly tests: readonly AccessTest[];
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
  /** The largest packet inside the network, bytes; absent: what each path carries. */
  readonly mtu?: number;
  /** How long a host may be away until its peers let go of it; absent: for ever. */
  readonly graceMs?: number;
  /** Keys older than this are renewed; absent: none is by itself. */
  readonly rotation?: { readonly everyMs: number };
}

export interface JoinSpec {
  /** Whether an administrator has to approve each host that joins. */
  readonly approve: boolean;
  /** How long a host's certificate lasts; it renews itself when half of that is over. */
  readonly credentialMs: number;
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
  /** Canonical prefixes of networks that it routes for others. */
  readonly routes?: readonly string[];
  /** Absent: what it routes there has its own address as source. */
  readonly masquerade?: false;
  /** Commands of its own; absent: none. */
  readonly hooks?: HooksSpec;
  /** Hosts with a tunnel may reach the internet through it. */
  readonly exit?: ExitSpec;
  /** What it sends to the internet through exit hosts; absent: nothing. */
  readonly tunnel?: TunnelSpec;
  /** It goes for good, and its address is free, when it goes. */
  readonly ephemeral?: boolean;
  /** Instead of the network's. */
  readonly graceMs?: number;
}

/** Commands, each a program and its arguments. */
export interface HooksSpec {
  readonly up: readonly (readonly string[])[];
  readonly down: readonly (readonly string[])[];
  /** For each command. */
  readonly timeoutMs: number;
}

/** By which of the two it leads to the internet. */
export interface ExitSpec {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

export interface TunnelSpec {
  /** Names of exit hosts, the preferred first. */
  readonly exits: readonly string[];
  /** Canonical prefixes; absent: everything. */
  readonly only?: readonly string[];
  /** Canonical prefixes that go as they would without a tunnel. */
  readonly except?: readonly string[];
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
  /** Canonical prefixes behind hosts that route them, besides; absent: none. */
  readonly toPrefixes?: readonly string[];
  /** The internet through exit hosts, besides. */
  readonly toInternet?: true;
  readonly allow: readonly Allowance[];
  /** No third host sees the packets of pairs that the rule joins. */
  readonly relay?: "never";
  /** It holds for so long from when it is applied first. */
  readonly forMs?: number;
  /** It holds until then (ms since the epoch). */
  readonly untilMs?: number;
}

/** What the access rules must say of one host and another, by name, or an address that is no host's. */
export interface AccessTest {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** For tcp and udp. */
  readonly port?: number;
  readonly expect: "allow" | "deny";
}

/** What a rule lets through. `tcp/5432`, `udp/8000-8100`, `icmp`, `any`. Ports only for tcp and udp; inclusive. */
export interface Allowance {
  readonly protocol: "tcp" | "udp" | "icmp" | "any";
  readonly ports?: { readonly first: number; readonly last: number };
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
  /** New TLS connections in a time; null: any. */
  readonly handshakes: { readonly tokens: number; readonly perMs: number } | null;
  /** For how long new TLS connections are refused after floods of HTTP/2; null: they are not. */
  readonly floodBanSeconds: number | null;
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
