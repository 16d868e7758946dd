// Services as an edge sees them: which targets it can send requests to.
import type { ServiceSpec } from "../spec/types.ts";
import type { ServiceObject } from "../wire/edge.ts";
import { allows } from "./allowances.ts";
import type { Member } from "./members.ts";
import { select } from "./selectors.ts";
import type { Topology } from "./topology.ts";

type Target = ServiceObject["targets"][number];

export interface Targets {
  readonly reachable: readonly Target[];
  /** Hosts that the selectors name but no access rule lets this edge reach on the port: they would only time out. */
  readonly blocked: readonly string[];
}

export function serviceObject(name: string, service: ServiceSpec, edge: Member, topology: Topology): ServiceObject {
  return {
    name,
    targets: targetsOf(service, edge, topology).reachable,
    balance: service.balance,
    ejection: service.ejection,
    retries: service.retries,
    timeouts: service.timeouts,
    ...(service.protocol === "grpc" && { protocol: service.protocol }),
  };
}

/** The service's targets from one edge, by name: hosts that packets can go to by overlay address, itself too; or URLs. */
export function targetsOf(service: ServiceSpec, edge: Member, topology: Topology): Targets {
  const hosts = select(service.targets, topology.members).filter((host) => host === edge || topology.pairs.has(host));
  const isOpen = (host: Member) =>
    host === edge || allows(topology.grants.get(host)?.get(edge) ?? [], "tcp", service.port);
  const urls = service.urls.map(({ url, address, port }) => ({ name: url, address, port }));
  const reachable = hosts.filter(isOpen).map((host) => ({ name: host.name, address: host.ipv4, port: service.port! }));
  return {
    reachable: [...reachable, ...urls].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    blocked: hosts.filter((host) => !isOpen(host)).map((host) => host.name),
  };
}
