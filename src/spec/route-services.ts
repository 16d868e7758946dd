// Which services a route may send requests to.
import type { RouteSpec } from "./types.ts";

/** Their names; none when the route answers itself. */
export function servicesOf({ service }: RouteSpec): readonly string[] {
  return service === undefined ? [] : [service];
}
