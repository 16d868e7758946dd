// The request at hand as conditions of routes ask for it, and the routes that are found that way.
import { current } from "./current.ts";
import type { RequestRecord } from "./record.ts";
import { currentRequest, variable } from "./request.ts";
import type { Asked } from "./routing/conditional.ts";
import { allowedMethods, findConditional } from "./routing/conditional.ts";
import { queryOf } from "./routing/query.ts";
import type { Place } from "./routing/router.ts";
import type { Route } from "./world.ts";

const asked: Asked = { header: (name) => variable(currentRequest(), name), query: "" };

/** The route of a place that may have routes with conditions, for a method; undefined when none takes the request. */
export function routeByConditions(
  place: Place<Route>,
  { host, path }: RequestRecord,
  method: string,
  target: string,
): Route | undefined {
  asked.query = queryOf(target);
  const route = findConditional(current.world.router, place, host, path, method, asked);
  return route;
}

/** The methods that the request's path takes; empty when no route's conditions hold for it, with any method. */
export function methodsAllowed({ host, path }: RequestRecord, target: string): string {
  asked.query = queryOf(target);
  const methods = allowedMethods(current.world.router, host, path, asked);
  return methods;
}
