// Which services a route may send requests to.
import type { RouteSpec } from "./types.ts";

/** Their names; none when the route answers itself. */
export function servicesOf({ service, split }: RouteSpec): readonly string[] {
  if (split) return split.services.map(({ name }) => name);
  return service === undefined ? [] : [service];
}
