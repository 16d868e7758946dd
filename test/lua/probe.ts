// What tests of the gateway hand to its functions, in Node; probe.lua is the same for Lua.

import { findPlace, type Routable, type Router, routeFor } from "../../src/gateway/router.ts";
import { allowedMethods } from "../../src/gateway/router-deep.ts";

/** The table itself: to keep it under a name. */
export function table(value: unknown): unknown {
  return value;
}

/** Undefined of undefined. */
export function field(value: Readonly<Record<string, unknown>> | null, name: string): unknown {
  return value?.[name];
}

/** Name of the route that takes a request, `405 ALLOW` or `404`. */
export function routed(router: Router<Routable>, method: string, host: string, path: string): string {
  const place = findPlace(router, host, path);
  if (place === undefined) return "404";
  return routeFor(place, method)?.name ?? `405 ${allowedMethods(place)}`;
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
