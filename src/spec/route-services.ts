// Which services a route may send requests to, and a listener its connections.
import type { RouteSpec } from "./route-types.ts";
import type { ListenerSpec } from "./types.ts";

/** Their names; none when the route answers itself. */
export function servicesOf({ service, split }: RouteSpec): readonly string[] {
  if (split) return split.services.map(({ name }) => name);
  return service === undefined ? [] : [service];
}

/** Those, and the one that gets copies. */
export function reachedServices(route: RouteSpec): readonly string[] {
  return route.mirror ? [...servicesOf(route), route.mirror.service] : servicesOf(route);
}

export function listenedServices({ to }: Pick<ListenerSpec, "to">): readonly string[] {
  return typeof to === "string" ? [to] : to.map(({ service }) => service);
}
