// What tests of the gateway hand to its functions, in Node; probe.lua is the same for Lua.

import { allowedMethods, findConditional } from "../../src/gateway/routing/conditional.ts";
import type { InTurn } from "../../src/gateway/routing/place.ts";
import { findPlace, type Routable, type Router, routeFor } from "../../src/gateway/routing/router.ts";
import {
  addRoute,
  commitRouter,
  draftRouter,
  removeRoute,
  routerOf,
  settleRouter,
} from "../../src/gateway/routing/router-build.ts";

/** The table itself: to keep it under a name. */
export function table(value: unknown): unknown {
  return value;
}

/** Undefined of undefined. */
export function field(value: Readonly<Record<string, unknown>> | null, name: string): unknown {
  return value?.[name];
}

/** As straight.ts has it for LuaJIT. */
export const inTurn: InTurn = (items, run) => (subject) => {
  for (const item of items) {
    const status = run(subject, item);
    if (status !== 0) return status;
  }
  return 0;
};

export function routerWith(routes: readonly Routable[]): Router<Routable> {
  return routerOf(routes, inTurn);
}

/** The router, with some routes fewer and others more. */
export function changedRouter(
  router: Router<Routable>,
  removed: readonly Routable[],
  added: readonly Routable[],
): Router<Routable> {
  const draft = draftRouter(router);
  for (const route of removed) removeRoute(draft, route);
  for (const route of added) addRoute(draft, route);
  settleRouter(draft, inTurn, () => {});
  commitRouter(draft);
  return router;
}

/** Name of the route that takes a request, `405 ALLOW` or `404`; headers by the variables that nginx has them in. */
export function routed(
  router: Router<Routable>,
  method: string,
  host: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const [path = "", query = ""] = target.split("?");
  const asked = { header: (name: string) => headers[name], query };
  const place = findPlace(router, host, path);
  if (place === undefined) return "404";
  const plain = place.conditional === undefined;
  const route = plain ? routeFor(place, method) : findConditional(router, place, host, path, method, asked);
  if (route !== undefined) return route.name;
  const allowed = allowedMethods(router, host, path, asked);
  return allowed === "" ? "404" : `405 ${allowed}`;
}

/** A shared dictionary of one worker, as far as rate limits use it. */
export function buckets() {
  const values = new Map<string, number>();
  return {
    incr: (key: string, by: number, init: number) => {
      const value = (values.get(key) ?? init) + by;
      values.set(key, value);
      return [value];
    },
    expire: () => true,
  };
}
