// Specs and observations for tests of the compiler, as small as their differences.
import { createHash } from "node:crypto";
import { formatPrefix } from "../../src/net/prefix.ts";
import { ulaPrefix } from "../../src/net/ula.ts";
import type { Observed, ObservedHost } from "../../src/plan/observed.ts";
import type { RouteSpec } from "../../src/spec/route-types.ts";
import type { ServiceSpec } from "../../src/spec/service-types.ts";
import type { AccessRule, Allowance, HostSpec, ListenerSpec, Selector, Spec } from "../../src/spec/types.ts";

/** The smallest whole Spec, with what a test cares about. */
export function specOf(parts: Partial<Omit<Spec, "network">> & { readonly ipv4?: string } = {}): Spec {
  const { ipv4 = "10.77.0.0/16", ...rest } = parts;
  return {
    version: 1,
    network: { name: "acme", ipv4, ipv6: formatPrefix(ulaPrefix("acme")), keepaliveSeconds: 25, mtu: 1420 },
    join: { approve: false, credentialMs: 180 * 24 * 3_600_000 },
    hosts: {},
    access: [],
    tests: [],
    services: {},
    policies: {},
    routes: [],
    listeners: [],
    tls: { certificates: [], selfSigned: true },
    edge: {
      http: { port: 80, redirect: true },
      https: { port: 443 },
      trustedProxies: [],
      proxyProtocol: false,
      forwarded: false,
      maxHeaderBytes: 32768,
      limits: null,
      accessLog: true,
      accessLogToStdout: false,
      whySamplePercent: 1,
      tuning: {},
    },
    ...rest,
  };
}

/** A host; `reachable` gives it an endpoint. */
export function hostOf(parts: Partial<HostSpec> & { readonly reachable?: boolean } = {}): HostSpec {
  const { reachable = false, ...rest } = parts;
  return {
    roles: [],
    tags: [],
    ports: { direct: 51820, relay: 51822 },
    ...(reachable && { endpoint: { host: "192.0.2.1", port: 51820 } }),
    ...rest,
  };
}

export const all: Selector = { kind: "all" };
export const hostNamed = (name: string): Selector => ({ kind: "host", name });
export const tagged = (name: string): Selector => ({ kind: "tag", name });

export function ruleOf(from: Selector, to: Selector, ...allow: readonly Allowance[]): AccessRule {
  return { from: [from], to: [to], allow: allow.length > 0 ? allow : [{ protocol: "any" }] };
}

export function tcp(first: number, last = first): Allowance {
  return { protocol: "tcp", ports: { first, last } };
}

export function serviceOf(parts: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    targets: [],
    urls: [],
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 10_000, longestMs: 300_000, floorPercent: 0 },
    slowStartMs: 0,
    locality: "none",
    retries: { most: 1, budgetPercent: 20, least: 10 },
    timeouts: { connectMs: 1000, sendMs: 60_000, readMs: 60_000 },
    protocol: "http",
    ...parts,
  };
}

export function routeOf(name: string, parts: Partial<RouteSpec> = {}): RouteSpec {
  return {
    name,
    hosts: ["api.example.com"],
    paths: [{ kind: "prefix", path: `/${name}` }],
    methods: [],
    headers: [],
    query: [],
    service: name,
    plugins: {},
    maxBodyBytes: 1024 * 1024,
    timeouts: {},
    buffering: { request: true, response: true },
    ...parts,
  };
}

export function listenerOf(name: string, parts: Partial<ListenerSpec> = {}): ListenerSpec {
  return {
    ...{ name, port: 5432, to: name, connections: 10_000, connectionsPerClient: 100 },
    ...{ connectMs: 2000, idleMs: 3_600_000, proxyProtocol: false },
    ...parts,
  };
}

/** A made-up public key: different for every host and plane, the same in every run. */
export function keyOf(host: string, plane: string): string {
  return createHash("sha256").update(`${host} ${plane}`).digest("base64");
}

/** A host that joined with keys for all its planes. */
export function joinedHost(name: string, parts: Partial<ObservedHost> = {}): ObservedHost {
  const planes = ["pw0", "pwr", "pwr1", "pwr2", "pwr3"];
  return {
    joined: true,
    tags: [],
    keys: Object.fromEntries(planes.map((plane) => [plane, keyOf(name, plane)])),
    removalsConfirmedAt: 0,
    ...parts,
  };
}

/** All these hosts have joined. */
export function joined(names: Iterable<string>): Observed {
  return { hosts: Object.fromEntries([...names].map((name) => [name, joinedHost(name)])), released: [] };
}
