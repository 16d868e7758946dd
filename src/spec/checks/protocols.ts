// Limits in time that contradict each other, and settings that a service's protocol has no use for.
import { errorAt, type Finding, type Path } from "../issue.ts";
import { servicesOf } from "../route-services.ts";
import type { RouteSpec } from "../route-types.ts";
import type { ServiceSpec, TimeoutsSpec } from "../service-types.ts";
import type { Spec } from "../types.ts";

export function checkProtocols({ services, routes }: Spec): Finding[] {
  return [
    ...Object.entries(services).flatMap(([name, { timeouts }]) => lateResponse(["services", name], timeouts)),
    ...routes.flatMap((route, index) =>
      servicesOf(route).flatMap((name) =>
        Object.hasOwn(services, name) ? checkRoute(["routes", index], route, name, services[name]!) : [],
      ),
    ),
  ];
}

function checkRoute(path: Path, { timeouts, buffering }: RouteSpec, name: string, service: ServiceSpec): Finding[] {
  const isOwn = timeouts.responseMs !== undefined || timeouts.totalMs !== undefined;
  const findings = isOwn ? lateResponse(path, { ...service.timeouts, ...timeouts }) : [];
  if (service.protocol !== "grpc" || (buffering.request && buffering.response)) return findings;
  const message = `buffering is for HTTP, and the service ${name} speaks gRPC, which always streams`;
  return [...findings, errorAt([...path, "buffering"], "contradiction", message, "take it out")];
}

function lateResponse(path: Path, { responseMs, totalMs }: Partial<TimeoutsSpec>): Finding[] {
  if (responseMs === undefined || totalMs === undefined || responseMs <= totalMs) return [];
  const message = "the response may start later (timeouts.response) than the whole must have ended (timeouts.total)";
  return [errorAt([...path, "timeouts"], "contradiction", message, "write a shorter response, or a longer total")];
}
