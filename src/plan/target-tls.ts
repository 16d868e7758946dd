// TLS to targets as an edge is told it: what nginx.conf needs (whom to trust), and what a service's connections need.
import { listenedServices, servicesOf } from "../spec/route-services.ts";
import type { ServiceSpec, TargetTlsSpec } from "../spec/service-types.ts";
import type { Spec } from "../spec/types.ts";
import type { NginxObject } from "../wire/edge.ts";
import type { TargetTlsObject } from "../wire/edge-service.ts";
import { contentId } from "./canonical-json.ts";
import { own } from "./own.ts";

export function targetTlsObject({ name, trust, certificate }: TargetTlsSpec): TargetTlsObject {
  return { name: name ?? "", trust: trustOf(trust).id, ...certificate };
}

/** A listener's bytes pass on unread, but the page or the procedure of its service's check may be behind TLS. */
export function isCheckedOverTls({ health, tls }: ServiceSpec): boolean {
  return tls !== undefined && health !== undefined && health.check.kind !== "tcp";
}

/** Whom the services trust that routes go to, or that are asked for listeners; each once. Nothing when none has TLS. */
export function trustsOf({ services, routes, listeners }: Spec): Pick<NginxObject, "trusts"> {
  const asked = listeners.flatMap(listenedServices).flatMap((name) => {
    const service = own(services, name);
    return service && isCheckedOverTls(service) ? [service] : [];
  });
  const served = routes.flatMap(servicesOf).flatMap((name) => own(services, name) ?? []);
  const used = [...served, ...asked].flatMap(({ tls }) => tls ?? []);
  const byId = new Map(used.map(({ trust }) => [trustOf(trust).id, trustOf(trust)]));
  return byId.size === 0 ? {} : { trusts: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

function trustOf(trust: TargetTlsSpec["trust"]): NonNullable<NginxObject["trusts"]>[number] {
  return typeof trust === "string" ? { id: trust } : { id: contentId(trust), file: trust.file };
}

/** As a plan shows it. */
export function targetTlsText({ name, trust, certificate }: TargetTlsSpec): string {
  const by = { system: "the system's authorities", anyone: "anyone" };
  return [
    ...(name === undefined ? [] : [`as ${name}`]),
    `signed by ${typeof trust === "string" ? by[trust] : trust.file}`,
    ...(certificate ? [`with certificate ${certificate.certificateFile}`] : []),
  ].join(", ");
}
