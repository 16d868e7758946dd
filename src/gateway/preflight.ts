// Which route a CORS preflight asks for: the one that the request it announces will take.
import { routeByConditions } from "./asked.ts";
import type { RequestRecord } from "./record.ts";
import type { Pointer } from "./request.ts";
import { variable } from "./request.ts";
import type { Place } from "./routing/router.ts";
import type { Route } from "./world.ts";

function answersPreflights(route: Route): boolean {
  return route.plugins.some((plugin) => plugin.name === "cors");
}

/** For a request with OPTIONS: that route if it answers preflights, else undefined. */
export function preflightRoute(
  pointer: Pointer,
  place: Place<Route>,
  record: RequestRecord,
  target: string,
): Route | undefined {
  const method = variable(pointer, "http_access_control_request_method");
  if (method === undefined) return undefined;
  const route = routeByConditions(place, record, method, target);
  return route !== undefined && answersPreflights(route) ? route : undefined;
}
