// The object of an edge's second nginx (wire/edge.ts): which ports pass bytes on, and to which targets.
import { sharesHttps } from "../spec/https-port.ts";
import { listenedServices } from "../spec/route-services.ts";
import type { ServiceSpec } from "../spec/service-types.ts";
import type { Spec } from "../spec/types.ts";
import type { RouteObject, StreamObject, StreamService } from "../wire/edge.ts";
import { isDrained, undrained } from "./drains.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { targetsOf } from "./services.ts";
import { isCheckedOverTls, targetTlsObject } from "./target-tls.ts";
import type { Topology } from "./topology.ts";

/** Undefined when nothing is listened on. */
export function streamObject(
  spec: Spec,
  edge: Member,
  topology: Topology,
  observed: Pick<Observed, "drains">,
): StreamObject | undefined {
  if (spec.listeners.length === 0) return undefined;
  const names = new Set(spec.listeners.flatMap(listenedServices));
  const services = [...names].sort().flatMap((name): [string, StreamService][] => {
    const service = own(spec.services, name);
    if (!service) return [];
    const { reachable } = targetsOf(service, edge, topology);
    const targets = isDrained(observed, "service", name) ? [] : undrained(reachable, observed);
    const drained = reachable.filter((target) => !targets.includes(target));
    return [[name, { targets, ...(drained.length > 0 && { drained }), ...wayOf(service) }]];
  });
  return {
    listeners: spec.listeners
      .toSorted((a, b) => a.port - b.port)
      .map((one) => (sharesHttps(one, spec.edge) ? { ...one, https: true as const } : one)),
    services: Object.fromEntries(services),
    accessLog: spec.edge.accessLog,
    ...(spec.edge.proxyProtocol && sharedNames(spec).length > 0 && { proxies: spec.edge.trustedProxies }),
    tuning: spec.edge.tuning,
  };
}

/** The names that go through on HTTPS's port. */
export function sharedNames({ listeners, edge }: Spec): readonly string[] {
  return listeners.flatMap((one) => (sharesHttps(one, edge) ? one.to.flatMap(({ names }) => names) : []));
}

/**
 * HTTPS's answer to requests for a name that goes through: the client is on a connection that was opened for another name,
 * and asks again on one of its own (RFC 9110 section 15.5.20).
 */
export function misdirectedRoutes({ listeners, edge }: Spec): readonly RouteObject[] {
  return listeners.flatMap((one): RouteObject[] => {
    if (!sharesHttps(one, edge)) return [];
    return [
      {
        name: `listener:${one.name}`,
        hosts: one.to.flatMap(({ names }) => names),
        paths: [{ kind: "prefix", path: "" }],
        methods: [],
        respond: { status: 421, headers: [], body: "" },
        plugins: [],
        maxBodyBytes: 0,
      },
    ];
  });
}

function wayOf(service: ServiceSpec): Omit<StreamService, "targets" | "drained"> {
  const { balance, ejection, health, tls } = service;
  return {
    balance: balance === "hash" ? "clientIp" : balance === "leastConnections" ? balance : "roundRobin",
    errors: ejection.errors,
    cooldownMs: ejection.cooldownMs,
    ...(health && { health }),
    ...(tls && isCheckedOverTls(service) && { tls: targetTlsObject(tls) }),
  };
}
