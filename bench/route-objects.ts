// Many routes, of which one changes at a time.
import type { RouteObject } from "../src/wire/edge.ts";
import type { ServiceObject } from "../src/wire/edge-service.ts";
import type { Objects } from "../src/wire/objects.ts";

/** The same objects (chain.ts), of which one route that no request asks for is another each time. */
export function withOneChanged(objects: Objects, routes: number, change: number): Objects {
  const key = `route/r${(change % (routes - 1)) + 1}`;
  const route = JSON.parse(objects[key]!) as RouteObject;
  return { ...objects, [key]: JSON.stringify({ ...route, methods: ["GET", `X-${change}`] }) };
}

/** The same objects, with a service that is another each time: every route uses it. */
export function withServiceChanged(objects: Objects, change: number): Objects {
  const service = JSON.parse(objects["service/orders"]!) as ServiceObject;
  return { ...objects, "service/orders": JSON.stringify({ ...service, retries: 1 + (change % 2) }) };
}
