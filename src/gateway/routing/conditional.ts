// Routes that ask for headers or query parameters: the most specific one of a place whose conditions hold, and the places
// that a request comes to when none does.
import { queryValue } from "./query.ts";
import type { Condition, Place, Routable, Router } from "./router.ts";
import { routeFor } from "./router.ts";
import { placesOf } from "./router-deep.ts";

/** What conditions are asked of. */
export interface Asked {
  /** The first value of a header, by its name as nginx's variables have it: `http_x_version`. */
  readonly header: (this: void, variable: string) => string | undefined;
  /** As the client wrote it, without the `?`. */
  query: string;
}

/** A condition ready to be looked up. */
export interface PreparedCondition extends Condition {
  readonly source: "header" | "query";
  /** The header's variable, or the parameter's name. */
  readonly key: string;
}

export interface Candidate<Route extends Routable> {
  readonly route: Route;
  /** 0 when all of its conditions hold. */
  readonly refused: (this: void, asked: Asked) => number;
  /** Its place in the choice, from 1. */
  readonly number: number;
}

/** Routes with conditions of one path and method, most specific first. */
export interface Choice<Route extends Routable> {
  readonly candidates: Candidate<Route>[];
  /** The number of the first whose conditions hold, or 0. */
  first: (this: void, asked: Asked) => number;
}

/** The routes with conditions of one path. */
export interface Conditional<Route extends Routable> {
  readonly byMethod: Record<string, Choice<Route>>;
  any: Choice<Route> | undefined;
}

export function holds(asked: Asked, { source, key, match, value }: PreparedCondition): boolean {
  const found = source === "header" ? asked.header(key) : queryValue(asked.query, key);
  if (found === undefined) return false;
  if (match === "present") return true;
  return match === "exact" ? found === value : string.sub(found, 1, value.length) === value;
}

function chosen<Route extends Routable>(choice: Choice<Route> | undefined, asked: Asked): Route | undefined {
  if (choice === undefined) return undefined;
  const number = choice.first(asked);
  return number === 0 ? undefined : choice.candidates[number - 1]!.route;
}

/** As routeFor, for a place that may have routes with conditions. */
function routeAt<Route extends Routable>(place: Place<Route>, method: string, asked: Asked): Route | undefined {
  const conditional = place.conditional;
  if (conditional === undefined) return routeFor(place, method);
  const named = chosen(conditional.byMethod[method], asked) ?? place.byMethod[method];
  if (named !== undefined) return named;
  const get = method === "HEAD" ? (chosen(conditional.byMethod["GET"], asked) ?? place.byMethod["GET"]) : undefined;
  return get ?? chosen(conditional.any, asked) ?? place.any;
}

/** The route of a place with conditions, or of the place that the request comes to when none of them holds. */
export function findConditional<Route extends Routable>(
  router: Router<Route>,
  place: Place<Route>,
  host: string,
  path: string,
  method: string,
  asked: Asked,
): Route | undefined {
  const route = routeAt(place, method, asked);
  if (route !== undefined) return route;
  const deciding = decidingPlace(router, host, path, asked);
  return deciding && routeAt(deciding, method, asked);
}

/** The most specific place that has a route whose conditions hold, whatever its method. */
function decidingPlace<Route extends Routable>(
  router: Router<Route>,
  host: string,
  path: string,
  asked: Asked,
): Place<Route> | undefined {
  return placesOf(router, host, path).find((place) => methodsOf(place, asked).length > 0);
}

/** The methods of the routes whose conditions hold; `*` for a route that takes all. */
function methodsOf<Route extends Routable>({ byMethod, any, conditional }: Place<Route>, asked: Asked): string[] {
  const methods: string[] = [];
  for (const method in byMethod) methods.push(method);
  if (conditional !== undefined) {
    for (const method in conditional.byMethod) {
      if (conditional.byMethod[method]!.first(asked) !== 0 && !methods.includes(method)) methods.push(method);
    }
  }
  if (any !== undefined || chosen(conditional?.any, asked) !== undefined) methods.push("*");
  return methods;
}

/** What the Allow header of a 405 says to a request that has no route; empty: it has no path either, which is 404. */
export function allowedMethods<Route extends Routable>(
  router: Router<Route>,
  host: string,
  path: string,
  asked: Asked,
): string {
  const deciding = decidingPlace(router, host, path, asked);
  if (deciding === undefined) return "";
  const methods = methodsOf(deciding, asked);
  if (methods.includes("GET") && !methods.includes("HEAD")) methods.push("HEAD");
  return methods.sort().join(", ");
}
