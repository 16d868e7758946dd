// The objects of an edge (wire/edge.ts): what nginx listens on, and the snapshot of routes, services and plugins.
import { reachedServices } from "../spec/route-services.ts";
import type { RouteSpec } from "../spec/route-types.ts";
import type { ClientLimitsSpec, EdgeSpec, Spec } from "../spec/types.ts";
import type { KeysSource, LimitsObject, NginxObject, RouteObject } from "../wire/edge.ts";
import type { WhySettings } from "../wire/edge-state.ts";
import type { Objects } from "../wire/objects.ts";
import { canonicalJson, contentId } from "./canonical-json.ts";
import { drainsInForce, isDrained } from "./drains.ts";
import { intervalMicros } from "./interval.ts";
import { misdirectedRoutes, sharedNames, streamObject } from "./listeners.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { convertPlugin, pluginOrder } from "./plugin-table.ts";
import { answerObject } from "./route-answers.ts";
import { serviceObject } from "./services.ts";
import { splitConfig } from "./split.ts";
import { trustsOf } from "./target-tls.ts";
import type { Topology } from "./topology.ts";

/** nginx takes bodies of this size whatever the routes say: a small route needs no reload. The gateway counts on it too. */
const leastMaxBodyBytes = 1024 * 1024;

/** The gateway's own, when it is not told. */
const usualSamplePercent = 1;

export function edgeObjects(spec: Spec, edge: Member, topology: Topology, observed: Observed): Objects {
  const objects: Record<string, string> = { nginx: canonicalJson(nginxObject(spec)) };
  const limits = limitsObject(spec);
  if (limits) objects["limits/edge"] = canonicalJson(limits);
  const why = whySettings(spec, observed);
  if (why) objects["why/settings"] = canonicalJson(why);
  const drains = drainsInForce(spec, observed);
  if (drains.length > 0) objects["drains"] = canonicalJson(drains);
  const stream = streamObject(spec, edge, topology, observed);
  if (stream) objects["stream"] = canonicalJson(stream);
  for (const route of misdirectedRoutes(spec)) objects[`route/${route.name}`] = canonicalJson(route);
  const keepKeys = (source: KeysSource) => {
    const id = contentId(source);
    objects[`keys/${id}`] = canonicalJson(source);
    return id;
  };
  for (const route of spec.routes) {
    const plugins = pluginOrder.flatMap((name) => {
      const plugin = convertPlugin(name, route, keepKeys);
      if (!plugin) return [];
      const key = `plugin/${name}/${contentId(plugin)}`;
      objects[key] = canonicalJson(plugin);
      return [key];
    });
    objects[`route/${route.name}`] = canonicalJson(routeObject(route, plugins, spec.edge, observed));
    for (const name of reachedServices(route)) {
      const service = own(spec.services, name);
      if (service)
        objects[`service/${name}`] ??= canonicalJson(
          serviceObject(name, service, edge, topology, observed, spec.network),
        );
    }
  }
  return objects;
}

/** What nginx.conf is made of, and the certificates of the edge. */
function nginxObject(spec: Spec): NginxObject {
  const { edge, tls, routes } = spec;
  return {
    http: edge.http,
    https: edge.https && { ...edge.https, ...(sharedNames(spec).length > 0 && { shared: true as const }) },
    trustedProxies: edge.trustedProxies,
    proxyProtocol: edge.proxyProtocol,
    ...(edge.forwarded && { forwarded: true }),
    maxHeaderBytes: edge.maxHeaderBytes,
    maxBodyBytes: Math.max(leastMaxBodyBytes, ...routes.map((route) => route.maxBodyBytes)),
    accessLog: edge.accessLog,
    ...(edge.accessLogToStdout && { accessLogToStdout: true }),
    ...(routes.some(({ plugins }) => plugins.compress?.encodings.includes("br")) && { brotli: true }),
    tuning: edge.tuning,
    certificates: tls.certificates,
    selfSignedNames: edge.https && tls.selfSigned ? namesWithoutCertificate(routes, tls.certificates) : [],
    ...trustsOf(spec),
  };
}

/** Undefined when they are the usual ones. */
function whySettings({ edge: { whySamplePercent } }: Spec, { debugKeys = [] }: Observed): WhySettings | undefined {
  if (whySamplePercent === usualSamplePercent && debugKeys.length === 0) return undefined;
  return {
    ...(whySamplePercent !== usualSamplePercent && { samplePercent: whySamplePercent }),
    ...(debugKeys.length > 0 && { debugKeys }),
  };
}

/** What five seconds of the rate let through may come at once: an office's browsers open their connections together. */
function handshakeLimit({ tokens, perMs }: NonNullable<ClientLimitsSpec["handshakes"]>) {
  const burstMs = 5_000;
  return { intervalMicros: intervalMicros(tokens, perMs), burst: Math.max(1, Math.ceil((tokens * burstMs) / perMs)) };
}

/** Undefined when nothing is limited. */
function limitsObject({ edge: { limits } }: Spec): LimitsObject | undefined {
  if (!limits) return undefined;
  const { connections, tokens, perMs, burst, handshakes, floodBanSeconds } = limits;
  return {
    clients: {
      connections,
      intervalMicros: intervalMicros(tokens, perMs),
      burst,
      ...(handshakes && { handshakes: handshakeLimit(handshakes) }),
      ...(floodBanSeconds !== null && { floodBanSeconds }),
    },
  };
}

function routeObject(route: RouteSpec, plugins: readonly string[], edge: EdgeSpec, observed: Observed): RouteObject {
  return {
    name: route.name,
    hosts: route.hosts,
    paths: route.paths,
    methods: route.methods,
    ...(route.headers.length > 0 && { headers: route.headers }),
    ...(route.query.length > 0 && { query: route.query }),
    ...(route.service !== undefined && { service: route.service }),
    ...(route.split && { split: splitConfig(route.name, route.split, observed) }),
    ...answerObject(route, edge),
    ...(route.mirror && !isDrained(observed, "service", route.mirror.service) && { mirror: route.mirror }),
    plugins,
    maxBodyBytes: route.maxBodyBytes,
    ...(Object.keys(route.timeouts).length > 0 && { timeouts: route.timeouts }),
    ...(!(route.buffering.request && route.buffering.response) && { buffering: route.buffering }),
  };
}

/** A route for any name (`*`) asks for no certificate: it serves whatever names the others bring. */
function namesWithoutCertificate(
  routes: readonly RouteSpec[],
  certificates: Spec["tls"]["certificates"],
): readonly string[] {
  const covering = new Set(certificates.flatMap(({ names }) => names));
  const isCovered = (name: string) => covering.has(name) || covering.has(name.replace(/^[^.]*/, "*"));
  const names = new Set(routes.flatMap(({ hosts }) => hosts));
  return [...names].filter((name) => name !== "*" && !isCovered(name)).sort();
}
