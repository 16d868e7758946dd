// Copies that could not be sent.
import { errorAt, type Finding, type Path } from "../issue.ts";
import { servicesOf } from "../route-services.ts";
import type { RouteSpec } from "../route-types.ts";
import type { ServiceSpec } from "../service-types.ts";
import type { Spec } from "../types.ts";

export function checkMirrors({ routes, services }: Spec): Finding[] {
  const named = (name: string) => (Object.hasOwn(services, name) ? services[name] : undefined);
  return routes.flatMap((route, index) => (route.mirror ? checkMirror(route, named, ["routes", index, "mirror"]) : []));
}

function checkMirror(route: RouteSpec, named: (name: string) => ServiceSpec | undefined, path: Path): Finding[] {
  const name = route.mirror!.service;
  if (servicesOf(route).includes(name)) return [toItself(route, [...path, "service"])];
  const [own, copies] = [servicesOf(route).map(named), named(name)];
  const refuse = (message: string, hint: string) => [errorAt(path, "contradiction", message, hint)];
  if (own.some((service) => service?.protocol === "grpc"))
    return refuse(`route ${route.name} is for gRPC, whose streams are not copied`, "take mirror out");
  if (copies?.protocol === "grpc")
    return refuse(`copies go by HTTP/1.1, and ${name} speaks gRPC`, "name another service");
  if (copies?.tls) return refuse(`copies go without TLS, and ${name} asks for it`, "name a service without TLS");
  return [];
}

/** Each request would come twice, and the service's balancing, breaker and limits see only one of them. */
function toItself({ name, mirror }: RouteSpec, path: Path): Finding {
  const message = `route ${name} sends copies to ${mirror!.service}, which gets its requests already`;
  return errorAt(path, "contradiction", message, "name another service, or take mirror out");
}
