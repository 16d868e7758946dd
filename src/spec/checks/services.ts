// Services whose targets no access rule lets an edge reach, and checks of them that can only fail.
import { type Finding, type Path, warningAt } from "../issue.ts";
import { reachedServices } from "../route-services.ts";
import { allowsTcp, formatSelector, selects } from "../selectors.ts";
import type { ServiceSpec } from "../service-types.ts";
import type { AccessRule, HostSpec, Selector, Spec } from "../types.ts";
import { listenerServices } from "./listeners.ts";

interface Host extends HostSpec {
  readonly name: string;
}

/** Comparisons, after which a huge file gets no more of these warnings: they are not worth a hang. */
const budget = 5_000_000;

export function checkServices(spec: Spec): Finding[] {
  const hosts = Object.entries(spec.hosts).map(([name, host]): Host => ({ name, ...host }));
  const edges = hosts.filter((host) => host.roles.includes("edge"));
  const routed = new Set([
    ...spec.routes.flatMap(reachedServices),
    ...spec.listeners.flatMap((listener) => listenerServices(listener, []).map(({ name }) => name)),
  ]);
  const allowances = spec.access.reduce((sum, rule) => sum + rule.allow.length, 0);
  const slips = slipsOf(spec);
  let left = budget;
  const reaches = (rule: AccessRule, from: Host, to: Host) => {
    left -= rule.from.length + rule.to.length;
    return (slips.has(rule.from) || isAmong(from, rule.from)) && (slips.has(rule.to) || isAmong(to, rule.to));
  };
  const findBlocked = ({ targets }: ServiceSpec, port: number): [edge: Host, target: Host] | undefined => {
    left -= hosts.length * targets.length + allowances;
    if (left < 0) return undefined;
    const rules = spec.access.filter((rule) => rule.allow.some((allowance) => allowsTcp(allowance, port)));
    const served = hosts.filter((host) => isAmong(host, targets));
    for (const edge of edges) {
      const blocked = served.find((to) => to !== edge && left >= 0 && !rules.some((rule) => reaches(rule, edge, to)));
      if (blocked && left >= 0) return [edge, blocked];
    }
    return undefined;
  };
  return Object.entries(spec.services).flatMap(([name, service]): Finding[] => {
    const { port, health, protocol } = service;
    if (protocol === "grpc" && health?.check.kind === "http" && health.port === undefined) return [otherProtocol(name)];
    if (port === undefined || !routed.has(name)) return [];
    const blocked = findBlocked(service, port);
    if (blocked) return [unreachable(["services", name], service, port, ...blocked)];
    if (health?.port === undefined || health.port === port) return [];
    const unchecked = findBlocked(service, health.port);
    return unchecked ? [unreachable(["services", name, "health"], service, health.port, ...unchecked)] : [];
  });
}

function isAmong(host: Host, selectors: readonly Selector[]): boolean {
  return selectors.some((selector) => selects(selector, host));
}

/** Sides of rules that name a host or tag which is not there: that has a finding of its own, and may be all that is wrong. */
function slipsOf({ hosts, access }: Spec): ReadonlySet<readonly Selector[]> {
  const known = new Set(
    Object.entries(hosts).flatMap(([name, { tags }]) => [
      formatSelector({ kind: "host", name }),
      ...tags.map((tag) => formatSelector({ kind: "tag", name: tag })),
    ]),
  );
  const isSlip = (selector: Selector) =>
    (selector.kind === "host" || selector.kind === "tag") && !known.has(formatSelector(selector));
  return new Set(access.flatMap(({ from, to }) => [from, to]).filter((side) => side.some(isSlip)));
}

function unreachable(path: Path, service: ServiceSpec, port: number, edge: Host, target: Host): Finding {
  const rule = `{ from: [role:edge], to: [${service.targets.map(formatSelector).join(", ")}], allow: [tcp/${port}] }`;
  const message = `no access rule lets the edge ${edge.name} reach ${target.name} on tcp/${port}`;
  return { ...warningAt(path, "unreachableTarget", message, `add to access: ${rule}`), at: "key" };
}

function otherProtocol(name: string): Finding {
  const message = "the check speaks HTTP/1.1 to a port whose protocol is gRPC";
  const hint = "write grpc: {}, or the port of a health page";
  return { ...warningAt(["services", name, "health"], "otherProtocol", message, hint), at: "key" };
}
