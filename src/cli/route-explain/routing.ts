// The gateway's own router (src/gateway/routing), asked in Node.
import { allowedMethods, findConditional } from "../../gateway/routing/conditional.ts";
import { canonicalPath } from "../../gateway/routing/path.ts";
import type { InTurn } from "../../gateway/routing/place.ts";
import { queryOf } from "../../gateway/routing/query.ts";
import { findPlace, type Routable, routeFor } from "../../gateway/routing/router.ts";
import { routerOf } from "../../gateway/routing/router-build.ts";
import { withLuaString } from "../../lib/lua-string.ts";
import type { AskedRequest } from "./request.ts";

export type Outcome<Route> =
  | { readonly kind: "route"; readonly route: Route }
  /** `allow` is empty unless the status is 405. */
  | { readonly kind: "refused"; readonly status: 400 | 404 | 405; readonly reason: string; readonly allow: string };

const inTurn: InTurn = (items, run) => (subject) => {
  for (const item of items) {
    const status = run(subject, item);
    if (status !== 0) return status;
  }
  return 0;
};

/** What becomes of the request where these are all routes. */
export function routed<Route extends Routable>(routes: readonly Route[], request: AskedRequest): Outcome<Route> {
  return withLuaString(() => {
    const canonical = { path: "" };
    const unclear = canonicalPath(request.target, canonical);
    if (unclear !== undefined) return { kind: "refused", status: 400, reason: unclear, allow: "" };
    const router = routerOf(routes, inTurn);
    const { host, method } = request;
    const asked = { header: (variable: string) => headerBy(variable, request), query: queryOf(request.target) };
    const place = findPlace(router, host, canonical.path);
    const isPlain = place !== undefined && place.conditional === undefined;
    const route = isPlain
      ? routeFor(place, method)
      : place && findConditional(router, place, host, canonical.path, method, asked);
    if (route !== undefined) return { kind: "route", route };
    const allow = place ? allowedMethods(router, host, canonical.path, asked) : "";
    return { kind: "refused", status: allow === "" ? 404 : 405, reason: allow === "" ? "noRoute" : "method", allow };
  });
}

/** By nginx's name of it: `http_x_version`. */
function headerBy(variable: string, { headers }: AskedRequest): string | undefined {
  return headers.get(variable.slice("http_".length).replaceAll("_", "-"));
}

/** The decoded path that is matched; undefined for one that is refused. */
export function pathOf({ target }: AskedRequest): string | undefined {
  const canonical = { path: "" };
  return withLuaString(() => canonicalPath(target, canonical)) === undefined ? canonical.path : undefined;
}
