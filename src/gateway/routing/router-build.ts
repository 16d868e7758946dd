// Changes a router (router.ts): what each place will be is prepared beside the router in force, in as many steps as it
// takes, and then put in, in one turn of the event loop. The cost is that of the places that change, not of the router.
import type { InTurn } from "./place.ts";
import { makePlace } from "./place.ts";
import type { Place, Routable, Router } from "./router.ts";
import type { Address } from "./router-tables.ts";
import { pathsOf, placeKey, putPlace, tableOf, takePlace } from "./router-tables.ts";

/** What a router will be; `commitRouter` makes it so. */
export interface RouterDraft<Route extends Routable> {
  readonly router: Router<Route>;
  readonly places: PlaceDraft<Route>[];
  /** The same by kind, host and path. */
  readonly byAddress: Record<string, PlaceDraft<Route>>;
}

/** A place that changes, and the routes that it will have. */
interface PlaceDraft<Route extends Routable> extends Address {
  /** Its path as tables have it. */
  readonly key: string;
  /** Where it stands; undefined: it is new. */
  readonly table: Record<string, Place<Route>> | undefined;
  readonly routes: Record<string, Route>;
  /** As it will be; undefined: it goes, or is not settled yet. */
  place: Place<Route> | undefined;
}

export function emptyRouter<Route extends Routable>(): Router<Route> {
  return { exact: {}, wildcard: {}, wildcardCount: 0, any: undefined };
}

/** A router with these routes. */
export function routerOf<Route extends Routable>(routes: readonly Route[], inTurn: InTurn): Router<Route> {
  const draft = draftRouter<Route>(emptyRouter());
  for (const route of routes) addRoute(draft, route);
  settleRouter(draft, inTurn, () => {});
  commitRouter(draft);
  return draft.router;
}

export function draftRouter<Route extends Routable>(router: Router<Route>): RouterDraft<Route> {
  return { router, places: [], byAddress: {} };
}

export function addRoute<Route extends Routable>(draft: RouterDraft<Route>, route: Route): void {
  for (const host of route.hosts) {
    for (const { kind, path } of route.paths) draftOf(draft, host, kind, path).routes[route.name] = route;
  }
}

/** One that is replaced by another of its name goes first. */
export function removeRoute<Route extends Routable>(draft: RouterDraft<Route>, route: Route): void {
  for (const host of route.hosts) {
    for (const { kind, path } of route.paths) delete draftOf(draft, host, kind, path).routes[route.name];
  }
}

/** Makes the places that change; `work` is called between them. */
export function settleRouter<Route extends Routable>(
  { places }: RouterDraft<Route>,
  inTurn: InTurn,
  work: (this: void) => void,
): void {
  for (const draft of places) {
    work();
    const routes: Route[] = [];
    for (const name in draft.routes) routes.push(draft.routes[name]!);
    if (routes.length > 0) draft.place = makePlace(routes, inTurn);
  }
}

/** Puts the settled places into the router. */
export function commitRouter<Route extends Routable>({ router, places }: RouterDraft<Route>): void {
  for (const draft of places) {
    const { table, key, place } = draft;
    if (table !== undefined && place !== undefined) table[key] = place;
    else if (place !== undefined) putPlace(router, draft, key, place);
    else if (table !== undefined) takePlace(router, draft, key, table);
  }
}

function draftOf<Route extends Routable>(
  { router, places, byAddress }: RouterDraft<Route>,
  host: string,
  kind: "exact" | "prefix",
  path: string,
): PlaceDraft<Route> {
  const key = placeKey(path);
  const address = `${kind} ${host} ${key}`;
  const known = byAddress[address];
  if (known !== undefined) return known;
  const paths = pathsOf(router, host);
  const found = paths && tableOf(paths, { host, kind, path });
  const before = found?.[key];
  const table = before && found;
  const draft: PlaceDraft<Route> = { host, kind, path, key, table, routes: {}, place: undefined };
  for (const route of before?.routes ?? []) draft.routes[route.name] = route;
  places.push(draft);
  byAddress[address] = draft;
  return draft;
}
