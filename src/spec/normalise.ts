// The written file to the Spec that the compiler reads: defaults that depend on other parts, policies merged, keys sorted.
import { formatEndpoint } from "../net/endpoint.ts";
import { formatPrefix } from "../net/prefix.ts";
import { ulaPrefix } from "../net/ula.ts";
import { answerSpec, mirrorSpec, splitSpec } from "./normalise-answers.ts";
import { breakerSpec, ejectionSpec, healthSpec } from "./normalise-health.ts";
import type { PluginSet } from "./plugin-types.ts";
import { pluginSet } from "./plugins.ts";
import type { Condition, RouteSpec } from "./route-types.ts";
import { commonName } from "./schema/service-urls.ts";
import type { Written } from "./schema.ts";
import type { ResolveSpec, ServiceSpec, TargetTlsSpec, TimeoutsSpec } from "./service-types.ts";
import type { AccessRule, EdgeSpec, HostSpec, ListenerSpec, Spec, TunnelSpec } from "./types.ts";

/** A policy that a route names and the file lacks is left out: the checks report it. */
export function normalise(written: Written): Spec {
  const { network } = written;
  const policies = mapValues(written.policies, pluginSet);
  return {
    version: 1,
    network: {
      name: network.name,
      ipv4: network.ipv4,
      ipv6: network.ipv6 ?? formatPrefix(ulaPrefix(network.name)),
      keepaliveSeconds: network.keepalive,
      ...(network.mtu !== undefined && { mtu: network.mtu }),
      ...(network.grace !== undefined && { graceMs: network.grace }),
      ...(network.rotation && { rotation: { everyMs: network.rotation.every } }),
    },
    join: { approve: written.join.approve, credentialMs: written.join.credential },
    hosts: mapValues(written.hosts, (host) => hostSpec(host, written.hosts)),
    access: written.access.map(accessRule),
    tests: written.tests.map(({ port, ...test }) => ({ ...test, ...(port !== undefined && { port }) })),
    services: mapValues(written.services, (service, name) => serviceSpec(name, service)),
    policies,
    routes: written.routes.map((route) => routeSpec(route, policies)),
    listeners: written.listeners.map(listenerSpec),
    tls: {
      certificates: written.tls.certificates.map(({ certificate, key, names }) => ({
        certificateFile: certificate,
        keyFile: key,
        names,
      })),
      selfSigned: written.tls.selfSigned,
    },
    edge: edgeSpec(written.edge),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, to(record[key]!, key)]),
  );
}

function accessRule({ from, to, allow, relay, for: forMs, until: untilMs }: Written["access"][number]): AccessRule {
  const toPrefixes = to.flatMap((one) => (one.kind === "prefix" ? [one.prefix] : []));
  return {
    ...{ from, to: to.filter((one) => one.kind !== "prefix" && one.kind !== "internet"), allow },
    ...(toPrefixes.length > 0 && { toPrefixes }),
    ...(to.some(({ kind }) => kind === "internet") && { toInternet: true }),
    ...(relay && { relay }),
    ...(forMs !== undefined && { forMs }),
    ...(untilMs !== undefined && { untilMs }),
  };
}

function hostSpec(written: Written["hosts"][string], hosts: Written["hosts"]): HostSpec {
  const { roles, tags, endpoint, ports, address, routes, masquerade, hooks, exit, tunnel, ephemeral, grace } = written;
  return {
    roles,
    tags,
    ...(endpoint && { endpoint: { host: endpoint.host, port: endpoint.port || ports.direct } }),
    ports,
    ...(address !== undefined && { address }),
    ...(routes && { routes }),
    ...(masquerade === false && { masquerade }),
    ...(hooks && { hooks: { up: hooks.up, down: hooks.down, timeoutMs: hooks.timeout } }),
    ...(exit && { exit: exit === true ? { ipv4: true, ipv6: true } : exit }),
    ...(tunnel && { tunnel: tunnelSpec(tunnel === "full" ? {} : tunnel, hosts) }),
    ...(ephemeral && { ephemeral }),
    ...(grace !== undefined && { graceMs: grace }),
  };
}

function tunnelSpec(
  { exits, only, except }: Exclude<Written["hosts"][string]["tunnel"], "full" | undefined>,
  hosts: Written["hosts"],
): TunnelSpec {
  const all = () => Object.keys(hosts).filter((name) => hosts[name]!.exit);
  return { exits: exits ?? all().sort(), ...(only && { only }), ...(except && { except }) };
}

const connectionsPerClient = 100;

function listenerSpec({ service, sni, timeouts, ipAllow, ...rest }: Written["listeners"][number]): ListenerSpec {
  return {
    ...rest,
    connectionsPerClient: rest.connectionsPerClient ?? Math.min(connectionsPerClient, rest.connections),
    to: service ?? sni ?? [],
    ...(ipAllow && { ipAllow }),
    connectMs: timeouts.connect,
    idleMs: timeouts.idle,
  };
}

function serviceSpec(name: string, written: Written["services"][string]): ServiceSpec {
  const { targets, urls, port, balance, hash, sticky, slowStart, locality, ejection, retries, timeouts } = written;
  const { health, breaker, overload, protocol, resolve } = written;
  const hasNames = urls?.some(({ name }) => name !== undefined) ?? false;
  const tls = targetTlsSpec(written);
  return {
    targets: targets ?? [],
    urls: urls ?? [],
    ...(port !== undefined && { port }),
    balance,
    ...(balance === "hash" && { hash: hash ?? { on: "clientIp", boundPercent: 125 } }),
    ...(sticky && { sticky: stickySpec(name, sticky === true ? {} : sticky) }),
    slowStartMs: slowStart ?? 0,
    locality,
    ejection: ejectionSpec(ejection),
    ...(health && { health: healthSpec(health) }),
    ...(breaker && { breaker: breakerSpec(breaker) }),
    ...(overload && { overload: { latencyMs: overload.latency, least: overload.least } }),
    retries: retriesSpec(retries),
    timeouts: { connectMs: timeouts.connect, sendMs: timeouts.send, readMs: timeouts.read, ...timeoutsSpec(timeouts) },
    protocol,
    ...(tls && { tls }),
    ...(hasNames && { resolve: resolveSpec(resolve) }),
  };
}

function resolveSpec({ servers, allow = [] }: Written["services"][string]["resolve"] = {}): ResolveSpec {
  return { ...(servers && { servers: servers.map(formatEndpoint) }), allow };
}

/** Targets of one name prove that they are it, unless the file has another. */
function targetTlsSpec({ urls = [], tls }: Written["services"][string]): TargetTlsSpec | undefined {
  const isSecure = urls.some((url) => url.isSecure);
  if (!isSecure && !tls) return undefined;
  const { name = commonName(urls), authorities, verify = true, certificate, key } = tls ?? {};
  return {
    ...(name !== undefined && { name }),
    trust: !verify ? "anyone" : authorities === undefined ? "system" : { file: authorities },
    ...(certificate !== undefined &&
      key !== undefined && { certificate: { certificateFile: certificate, keyFile: key } }),
  };
}

function stickySpec(
  service: string,
  { cookie = `portway-${service}`, maxAge }: { cookie?: string | undefined; maxAge?: number | undefined },
): NonNullable<ServiceSpec["sticky"]> {
  return { cookie, ...(maxAge !== undefined && { maxAgeSeconds: maxAge }) };
}

function retriesSpec(retries: Written["services"][string]["retries"]): ServiceSpec["retries"] {
  if (typeof retries === "number") return { most: retries, budgetPercent: 20, least: 10 };
  const { most, tryTimeout, budget, least } = retries;
  return { most, ...(tryTimeout !== undefined && { tryTimeoutMs: tryTimeout }), budgetPercent: budget, least };
}

function routeSpec(route: Written["routes"][number], policies: Readonly<Record<string, PluginSet>>): RouteSpec {
  const { name, hosts, paths, methods, service, maxBody, timeouts = {}, buffering } = route;
  const shared = route.policies.map((policy) => (Object.hasOwn(policies, policy) ? policies[policy] : {}));
  const plugins: PluginSet = Object.assign({}, ...shared, pluginSet(route.use));
  return {
    name,
    hosts,
    paths,
    methods: methods ?? [],
    headers: conditions(route.headers, (name) => name.toLowerCase()),
    query: conditions(route.query, (name) => name),
    ...(service !== undefined && { service }),
    ...(route.services && { split: splitSpec(route.services, route.keep) }),
    ...answerSpec(route),
    ...(route.mirror && { mirror: mirrorSpec(route.mirror) }),
    plugins,
    maxBodyBytes: maxBody,
    timeouts: timeoutsSpec(timeouts),
    buffering,
  };
}

/** Those that are written. */
function timeoutsSpec(written: NonNullable<Written["routes"][number]["timeouts"]>): Partial<TimeoutsSpec> {
  const { connect, send, read, response, total } = written;
  return {
    ...(connect !== undefined && { connectMs: connect }),
    ...(send !== undefined && { sendMs: send }),
    ...(read !== undefined && { readMs: read }),
    ...(response !== undefined && { responseMs: response }),
    ...(total !== undefined && { totalMs: total }),
  };
}

type Conditions = Written["routes"][number]["headers"];

function conditions(written: Conditions, nameOf: (name: string) => string): Condition[] {
  const all = Object.entries(written).map(([name, asked]): Condition => ({ name: nameOf(name), ...asked }));
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function edgeSpec({
  http,
  https,
  trustedProxies,
  proxyProtocol,
  forwarded,
  maxHeader,
  limits,
  accessLog,
  why,
  tuning,
}: Written["edge"]): EdgeSpec {
  const { clientKeepalive, shutdownTimeout, ...counts } = tuning;
  return {
    http: http ? { port: http.port, redirect: http.redirect ?? https !== false } : null,
    https: https || null,
    trustedProxies,
    proxyProtocol,
    forwarded,
    maxHeaderBytes: maxHeader,
    limits: limits ? clientLimitsSpec(limits) : null,
    accessLog: accessLog !== false,
    accessLogToStdout: accessLog === "stdout",
    whySamplePercent: why.sample,
    tuning: {
      ...(counts as EdgeSpec["tuning"]),
      ...(clientKeepalive !== undefined && { clientKeepaliveMs: clientKeepalive }),
      ...(shutdownTimeout !== undefined && { shutdownTimeoutMs: shutdownTimeout }),
    },
  };
}

function clientLimitsSpec({
  connections,
  requests,
  burst,
  handshakes,
  floodBan,
}: Exclude<Written["edge"]["limits"], false>): NonNullable<EdgeSpec["limits"]> {
  return {
    connections,
    ...requests,
    burst: burst ?? requests.tokens,
    handshakes: handshakes || null,
    floodBanSeconds: floodBan || null,
  };
}
