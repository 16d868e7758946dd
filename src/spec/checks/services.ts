// Services whose targets no access rule lets an edge reach.
import { type Finding, warningAt } from "../issue.ts";
import { allowsTcp, formatSelector, selects } from "../selectors.ts";
import type { AccessRule, HostSpec, Selector, ServiceSpec, Spec } from "../types.ts";

interface Host extends HostSpec {
  readonly name: string;
}

/** Comparisons, after which a huge file gets no more of these warnings: they are not worth a hang. */
const budget = 5_000_000;

export function checkServices(spec: Spec): Finding[] {
  const hosts = Object.entries(spec.hosts).map(([name, host]): Host => ({ name, ...host }));
  const edges = hosts.filter((host) => host.roles.includes("edge"));
  const routed = new Set(spec.routes.map((route) => route.service));
  const allowances = spec.access.reduce((sum, rule) => sum + rule.allow.length, 0);
  const slips = slipsOf(spec);
  let left = budget;
  const reaches = (rule: AccessRule, from: Host, to: Host) => {
    left -= rule.from.length + rule.to.length;
    return (slips.has(rule.from) || isAmong(from, rule.from)) && (slips.has(rule.to) || isAmong(to, rule.to));
  };
  return Object.entries(spec.services).flatMap(([name, service]): Finding[] => {
    const { targets, port } = service;
    if (port === undefined || !routed.has(name)) return [];
    left -= hosts.length * targets.length + allowances;
    if (left < 0) return [];
    const rules = spec.access.filter((rule) => rule.allow.some((allowance) => allowsTcp(allowance, port)));
    const served = hosts.filter((host) => isAmong(host, targets));
    for (const edge of edges) {
      const blocked = served.find((to) => to !== edge && left >= 0 && !rules.some((rule) => reaches(rule, edge, to)));
      if (blocked && left >= 0) return [unreachable(name, service, edge, blocked)];
    }
    return [];
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

function unreachable(name: string, service: ServiceSpec, edge: Host, target: Host): Finding {
  const rule = `{ from: [role:edge], to: [${service.targets.map(formatSelector).join(", ")}], allow: [tcp/${service.port}] }`;
  const message = `no access rule lets the edge ${edge.name} reach ${target.name} on tcp/${service.port}`;
  return { ...warningAt(["services", name], "unreachableTarget", message, `add to access: ${rule}`), at: "key" };
}
