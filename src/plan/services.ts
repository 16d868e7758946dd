// Services as an edge sees them: which targets it can send requests to.
import { selects } from "../spec/selectors.ts";
import type { ServiceSpec } from "../spec/service-types.ts";
import type { Spec } from "../spec/types.ts";
import type { ServiceObject, TargetObject } from "../wire/edge-service.ts";
import { allows } from "./allowances.ts";
import { undrained } from "./drains.ts";
import type { Member } from "./members.ts";
import { lookupOf } from "./names.ts";
import type { Observed } from "./observed.ts";
import { select } from "./selectors.ts";
import { withTokens } from "./sticky-tokens.ts";
import { targetTlsObject } from "./target-tls.ts";
import { letOf, type Topology } from "./topology.ts";

type Target = TargetObject;

export interface Targets {
  readonly reachable: readonly Target[];
  /** Hosts that the selectors name but no access rule lets this edge reach on the port: they would only time out. */
  readonly blocked: readonly string[];
}

export function serviceObject(
  name: string,
  service: ServiceSpec,
  edge: Member,
  topology: Topology,
  observed: Pick<Observed, "stickyKey" | "drains">,
  network: Spec["network"],
): ServiceObject {
  const { stickyKey } = observed;
  const targets = undrained(targetsOf(service, edge, topology).reachable, observed);
  const isSticky = service.sticky !== undefined && stickyKey !== undefined;
  const lookup = lookupOf(name, service, network, isSticky ? stickyKey : undefined);
  return {
    name,
    ...(lookup && { lookup }),
    targets: isSticky ? withTokens(stickyKey, name, targets) : targets,
    balance: service.balance,
    ...(service.hash && { hash: service.hash }),
    ...(isSticky && { sticky: service.sticky }),
    ...(service.locality === "nearest" && { locality: service.locality }),
    ...(service.slowStartMs > 0 && { slowStartMs: service.slowStartMs }),
    ejection: service.ejection,
    retries: service.retries.most,
    retryBudget: { percent: service.retries.budgetPercent, least: service.retries.least },
    ...(service.retries.tryTimeoutMs !== undefined && { tryTimeoutMs: service.retries.tryTimeoutMs }),
    ...(service.health && { health: service.health }),
    ...(service.breaker && { breaker: service.breaker }),
    ...(service.overload && { overload: service.overload }),
    timeouts: service.timeouts,
    ...(service.protocol === "grpc" && { protocol: service.protocol }),
    ...(service.tls && { tls: targetTlsObject(service.tls) }),
  };
}

/**
 * The service's targets from one edge, by name: hosts that packets can go to by overlay address, itself too; or URLs
 * with addresses. Those with names are for the edge to look up (names.ts). */
export function targetsOf(service: ServiceSpec, edge: Member, topology: Topology): Targets {
  const hosts = select(service.targets, topology.members).filter((host) => host === edge || topology.kindOf.has(host));
  const isOpen = (host: Member) =>
    host === edge || allows(letOf(topology, edge, host)?.allow ?? [], "tcp", service.port);
  const weightOf = (host: Member) => service.targets.findLast((selector) => selects(selector, host))?.weight;
  const open = hosts.filter(isOpen);
  const reachable = [
    ...open.map((host) => ({
      ...targetOf(host.name, host.ipv4, service.port!, weightOf(host)),
      ...(service.locality !== "none" && host !== edge && { tier: 1 }),
    })),
    ...service.urls.flatMap(({ url, address, port, weight }) =>
      address === undefined ? [] : [targetOf(url, address, port, weight)],
    ),
  ];
  const byName = new Map(reachable.map((target) => [target.name, target])); // a URL may be in the list twice
  return {
    reachable: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    blocked: hosts.filter((host) => !isOpen(host)).map((host) => host.name),
  };
}

function targetOf(name: string, address: string, port: number, weight = 1): Target {
  return { name, address, port, ...(weight !== 1 && { weight }) };
}
