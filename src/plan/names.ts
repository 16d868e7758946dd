// Targets that are names: what an edge looks up.
import type { ResolveSpec, ServiceSpec } from "../spec/service-types.ts";
import type { Spec } from "../spec/types.ts";
import type { LookupConfig, NamedTarget } from "../wire/edge-service.ts";
import { stickyToken } from "./sticky-tokens.ts";

/** Nothing for a service whose urls are addresses. `stickyKey` is there when the service has a sticky cookie. */
export function lookupOf(
  name: string,
  { urls, resolve }: ServiceSpec,
  { ipv4, ipv6 }: Spec["network"],
  stickyKey: string | undefined,
): LookupConfig | undefined {
  if (resolve === undefined) return undefined;
  const byUrl = new Map(
    urls.flatMap((target): [string, NamedTarget][] => {
      if (target.name === undefined) return [];
      const { url, port, weight = 1 } = target;
      const token = stickyKey === undefined ? undefined : stickyToken(stickyKey, name, url);
      const named = { url, name: target.name, port, ...(weight !== 1 && { weight }), ...(token && { token }) };
      return [[url, named]];
    }),
  );
  return {
    names: [...byUrl.values()].sort((a, b) => (a.url < b.url ? -1 : 1)),
    ...(resolve.servers && { servers: resolve.servers }),
    network: [ipv4, ipv6],
    allow: resolve.allow,
  };
}

/** As a plan shows it. */
export function resolveText({ servers = [], allow }: ResolveSpec): string {
  return [
    ...(servers.length > 0 ? [`by ${servers.join(", ")}`] : []),
    ...(allow.length > 0 ? [`may lead to ${allow.join(", ")}`] : []),
  ].join("; ");
}
