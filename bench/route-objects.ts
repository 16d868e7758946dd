// Many routes, of which one changes at a time.
import type { RouteObject } from "../src/wire/edge.ts";
import type { Objects } from "../src/wire/objects.ts";

/** The same objects (chain.ts), of which one route that no request asks for is another each time. */
export function withOneChanged(objects: Objects, routes: number, change: number): Objects {
  const key = `route/r${(change % (routes - 1)) + 1}`;
  const route = JSON.parse(objects[key]!) as RouteObject;
  return { ...objects, [key]: JSON.stringify({ ...route, methods: ["GET", `X-${change}`] }) };
}
