// The parts of a network as fields of text.
import { formatEndpoint } from "../net/endpoint.ts";
import type { Condition, RouteSpec } from "../spec/route-types.ts";
import type { ServiceSpec } from "../spec/service-types.ts";
import type {
  Allowance,
  ClientLimitsSpec,
  ExitSpec,
  HooksSpec,
  ListenerSpec,
  Selector,
  Spec,
  TunnelSpec,
} from "../spec/types.ts";
import { formatSize } from "../spec/units.ts";
import { mergeAllowances } from "./allowances.ts";
import { canonicalJson } from "./canonical-json.ts";
import { durationText } from "./duration-text.ts";
import type { Field, View } from "./fields.ts";
import { breakerText, ejectionText, healthText, overloadText } from "./health-text.ts";
import type { Member } from "./members.ts";
import { resolveText } from "./names.ts";
import { pluginsView } from "./plugin-views.ts";
import { answerView } from "./route-answers.ts";
import { splitView } from "./split.ts";
import { targetTlsText } from "./target-tls.ts";

export function networkView({ network, join }: Spec): View {
  const { name, ipv4, ipv6, keepaliveSeconds, mtu, rotation } = network;
  return {
    name,
    ipv4,
    ipv6,
    keepalive: durationText(keepaliveSeconds * 1000),
    mtu: mtu === undefined ? "" : String(mtu),
    rotation: rotation ? `keys at most ${durationText(rotation.everyMs)} old` : "",
    join: join.approve ? "by approval" : "",
    credential: durationText(join.credentialMs),
    grace: network.graceMs === undefined ? "" : durationText(network.graceMs),
  };
}

export function hostView(member: Member): View {
  return {
    address: member.ipv4,
    roles: member.roles.join(", "),
    tags: member.tags.join(", "),
    endpoint: member.endpoint ? formatEndpoint(member.endpoint) : "",
    routes: member.routes.join(", "),
    masquerade: member.masquerade || member.routes.length === 0 ? "" : "no",
    hooks: member.hooks ? hooksText(member.hooks) : "",
    exit: member.exit ? exitText(member.exit) : "",
    tunnel: member.tunnel ? tunnelText(member.tunnel) : "",
    ephemeral: member.ephemeral ? "yes" : "",
    grace: member.graceMs === undefined ? "" : durationText(member.graceMs),
    ports: `direct ${member.ports.direct}, relay ${member.ports.relay}`,
  };
}

/** Whole: who applies a file answers for what it runs. */
function hooksText({ up, down, timeoutMs }: HooksSpec): string {
  const part = (when: string, commands: HooksSpec["up"]) =>
    commands.map(
      (words) => `${when} ${words.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(" ")}`,
    );
  return [...part("up", up), ...part("down", down), `each within ${durationText(timeoutMs)}`].join("; ");
}

function exitText({ ipv4, ipv6 }: ExitSpec): string {
  return ipv4 && ipv6 ? "to the internet" : `to the internet by ${ipv4 ? "IPv4" : "IPv6"}`;
}

function tunnelText({ exits, only, except }: TunnelSpec): string {
  const rest = except ? `, but for ${except.join(", ")}` : "";
  return `${only ? only.join(", ") : "everything"} through ${exits.join(" or ")}${rest}`;
}

export function allowView(allow: readonly Allowance[]): View {
  const texts = mergeAllowances(allow).map(({ protocol, first, last }) => {
    if (first === undefined) return protocol;
    return `${protocol}/${first === last ? first : `${first}-${last}`}`;
  });
  return { allow: texts.join(", ") };
}

export function serviceView(service: ServiceSpec): View {
  const { targets, urls, port, ejection, health, breaker, overload, timeouts, protocol, tls, resolve } = service;
  const weighted = (text: string, weight = 1) => (weight === 1 ? text : `${text} x ${weight}`);
  const hosts = targets.map((selector) => weighted(selectorText(selector), selector.weight));
  return {
    targets: [...hosts, ...urls.map(({ url, weight }) => weighted(url, weight))].join(", "),
    port: port === undefined ? "" : String(port),
    ...balancingView(service),
    ejection: ejectionText(ejection),
    health: health ? healthText(health) : "",
    breaker: breaker ? breakerText(breaker) : "",
    overload: overload ? overloadText(overload) : "",
    timeouts: timeoutsText(timeouts),
    protocol: protocol === "http" ? "" : protocol,
    tls: tls ? targetTlsText(tls) : "",
    resolve: resolve ? resolveText(resolve) : "",
  };
}

function timeoutsText({ connectMs, sendMs, readMs, responseMs, totalMs }: RouteSpec["timeouts"]): string {
  const all = { connect: connectMs, send: sendMs, read: readMs, response: responseMs, total: totalMs };
  return Object.entries(all)
    .flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${durationText(ms)}`]))
    .join(", ");
}

/** Empty where both bodies are buffered, as everywhere unless told. */
function bufferingText({ request, response }: RouteSpec["buffering"]): string {
  if (request && response) return "";
  return request ? "requests alone" : response ? "responses alone" : "none";
}

/** How requests are spread, and tried again. */
function balancingView({ balance, hash, sticky, slowStartMs, locality, retries }: ServiceSpec): View {
  const { most, tryTimeoutMs, budgetPercent, least } = retries;
  const on = hash && (hash.name === undefined ? hash.on : `${hash.on} ${hash.name}`);
  const lasting = sticky?.maxAgeSeconds === undefined ? "" : ` for ${durationText(sticky.maxAgeSeconds * 1000)}`;
  return {
    balance: hash ? `hash of ${on}, at most ${hash.boundPercent}% of a share` : balance,
    sticky: sticky ? `cookie ${sticky.cookie}${lasting}` : "",
    slowStart: slowStartMs === 0 ? "" : durationText(slowStartMs),
    locality: locality === "none" ? "" : locality,
    retries: String(most),
    tryTimeout: tryTimeoutMs === undefined ? "" : durationText(tryTimeoutMs),
    retryBudget: `${budgetPercent}%, at least ${least}`,
  };
}

export function routeView(route: RouteSpec): View {
  const { hosts, paths, methods, service, maxBodyBytes, timeouts, buffering, plugins } = route;
  return {
    hosts: hosts.join(", "),
    paths: paths.map(({ kind, path }) => (kind === "exact" ? path : `${path}/`)).join(", "),
    methods: methods.join(", "),
    headers: conditionsField(route.headers),
    query: conditionsField(route.query),
    service: service ?? "",
    ...splitView(route),
    ...answerView(route),
    maxBody: formatSize(maxBodyBytes),
    timeouts: timeoutsText(timeouts),
    buffering: bufferingText(buffering),
    ...pluginsView(plugins),
  };
}

/** Values may be keys that open a route: names alone are shown. */
function conditionsField(conditions: readonly Condition[]): Field {
  return {
    text: conditions.map(({ name, match }) => `${name} ${match}`).join(", "),
    secret: canonicalJson(conditions),
  };
}

export function listenerView(listener: ListenerSpec): View {
  const { port, to, ipAllow, connections, connectionsPerClient, connectMs, idleMs, proxyProtocol } = listener;
  const bySni = () =>
    typeof to === "string" ? [] : to.map(({ names, service }) => `${names.join(", ")} to ${service}`);
  return {
    port: String(port),
    to: typeof to === "string" ? to : bySni().join("; "),
    ipAllow: ipAllow?.join(", ") ?? "",
    connections: `${connections}, ${connectionsPerClient} of one address`,
    timeouts: `connect ${durationText(connectMs)}, idle ${durationText(idleMs)}`,
    proxyProtocol: proxyProtocol ? "on" : "",
  };
}

export function edgeView({ edge }: Spec): View {
  const { http, https } = edge;
  return {
    http: http ? `port ${http.port}${http.redirect ? ", redirects to https" : ""}` : "off",
    https: https ? `port ${https.port}` : "off",
    trustedProxies: edge.trustedProxies.join(", "),
    proxyProtocol: edge.proxyProtocol ? "on" : "off",
    forwarded: edge.forwarded ? "on" : "",
    maxHeader: formatSize(edge.maxHeaderBytes),
    limits: edge.limits ? clientLimitsText(edge.limits) : "none",
    accessLog: edge.accessLogToStdout ? "to standard output" : edge.accessLog ? "on" : "off",
    why: `sample ${edge.whySamplePercent}%`,
    tuning: Object.entries(edge.tuning)
      .map(([name, value]) => `${name} ${value}`)
      .sort()
      .join(", "),
  };
}

export function tlsView({ tls }: Spec): View {
  return {
    certificates: tls.certificates
      .map(({ names, certificateFile }) => `${names.join(", ")} from ${certificateFile}`)
      .join("; "),
    selfSigned: tls.selfSigned ? "for other names of routes" : "no",
  };
}

/** As the file writes it. */
export function selectorText(selector: Selector): string {
  return selector.kind === "all"
    ? "all"
    : selector.kind === "host"
      ? selector.name
      : `${selector.kind}:${selector.name}`;
}

function clientLimitsText(limits: ClientLimitsSpec): string {
  const { connections, tokens, perMs, burst, handshakes, floodBanSeconds } = limits;
  const shaken = handshakes
    ? `${handshakes.tokens} handshakes per ${durationText(handshakes.perMs)}`
    : "any handshakes";
  const kept =
    floodBanSeconds === null ? "floods ban nobody" : `floods ban for ${durationText(floodBanSeconds * 1000)}`;
  return `${connections} connections, ${tokens} requests per ${durationText(perMs)}, burst ${burst}, ${shaken}, ${kept}`;
}
