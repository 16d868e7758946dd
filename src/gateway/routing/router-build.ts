// Fills a router (router.ts) with routes.
import type { Asked, Candidate, Choice, PreparedCondition } from "./conditional.ts";
import { holds } from "./conditional.ts";
import type { HostPaths, Place, Routable, Router, Shape } from "./router.ts";

/** Makes of a list a function that runs each item until one gives something other than 0 (straight.ts for LuaJIT). */
export type InTurn = <Subject, Item>(
  this: void,
  items: readonly Item[],
  run: (this: void, subject: Subject, item: Item) => number,
) => (this: void, subject: Subject) => number;

/** A router that is being filled; `finishRouter` makes it ready. */
export interface RouterBuild<Route extends Routable> {
  readonly router: Router<Route>;
  readonly choices: Choice<Route>[];
}

export function emptyRouter<Route extends Routable>(): Router<Route> {
  return { exact: {}, wildcard: {}, hasWildcards: false, any: undefined };
}

export function startRouter<Route extends Routable>(): RouterBuild<Route> {
  return { router: emptyRouter(), choices: [] };
}

/** Of two routes that differ in nothing that matters here the one added first stays (the file's checks refuse such a pair). */
export function addRoute<Route extends Routable>(build: RouterBuild<Route>, route: Route): void {
  const conditions = conditionsOf(route);
  for (const host of route.hosts) {
    const paths = hostPaths(build.router, host);
    for (const { kind, path } of route.paths) {
      const place = placeAt(paths, kind, path);
      if (conditions.length === 0) addMethods(place, route);
      else addCandidates(build, place, route, conditions);
    }
  }
}

/** The filled router, its routes with conditions in order. */
export function finishRouter<Route extends Routable>(
  { router, choices }: RouterBuild<Route>,
  inTurn: InTurn,
): Router<Route> {
  for (const choice of choices) {
    choice.candidates.sort((a, b) => precedence(a.route, b.route));
    for (let i = 0; i < choice.candidates.length; i++) {
      const candidate = choice.candidates[i]!;
      candidate.number = i + 1;
      candidate.refused = inTurn(candidate.conditions, refuses);
    }
    choice.first = inTurn<Asked, Candidate<Route>>(choice.candidates, accepts);
  }
  return router;
}

/** Of two routes with the same host, path and method: negative when `a` is asked first. */
export function precedence(a: Routable, b: Routable): number {
  const headers = (b.headers?.length ?? 0) - (a.headers?.length ?? 0);
  if (headers !== 0) return headers;
  const query = (b.query?.length ?? 0) - (a.query?.length ?? 0);
  if (query !== 0) return query;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function refuses(asked: Asked, condition: PreparedCondition): number {
  return holds(asked, condition) ? 0 : 1;
}

function accepts(asked: Asked, candidate: { readonly refused: (this: void, asked: Asked) => number; number: number }) {
  return candidate.refused(asked) === 0 ? candidate.number : 0;
}

/** A route's conditions, headers first. */
export function conditionsOf({ headers, query }: Routable): PreparedCondition[] {
  const prepared: PreparedCondition[] = [];
  for (const { name, match, value } of headers ?? []) {
    const key = `http_${name.split("-").join("_")}`;
    prepared.push({ source: "header", key, name, match, value });
  }
  for (const { name, match, value } of query ?? []) prepared.push({ source: "query", key: name, name, match, value });
  return prepared;
}

function hostPaths<Route extends Routable>(router: Router<Route>, host: string): HostPaths<Route> {
  if (host === "*") {
    router.any ??= noPaths();
    return router.any;
  }
  const isWildcard = host.startsWith("*.");
  if (isWildcard) router.hasWildcards = true;
  const table = isWildcard ? router.wildcard : router.exact;
  const name = isWildcard ? host.substring(2) : host;
  let paths = table[name];
  if (paths === undefined) {
    paths = noPaths();
    table[name] = paths;
  }
  return paths;
}

function noPaths<Route extends Routable>(): HostPaths<Route> {
  return { exact: {}, prefix: {}, deepest: 0, shapes: [], needsLoops: false };
}

function placeAt<Route extends Routable>(
  paths: HostPaths<Route>,
  kind: "exact" | "prefix",
  path: string,
): Place<Route> {
  if (path.indexOf("{") >= 0) return placeOfShape(paths, kind, path);
  if (kind === "prefix") {
    paths.deepest = Math.max(paths.deepest, segments(path));
    if (paths.deepest > 3) paths.needsLoops = true;
  }
  return placeUnder(kind === "exact" ? paths.exact : paths.prefix, path);
}

function placeUnder<Route extends Routable>(table: Record<string, Place<Route>>, key: string): Place<Route> {
  let place = table[key];
  if (place === undefined) {
    place = { byMethod: {}, any: undefined, conditional: undefined };
    table[key] = place;
  }
  return place;
}

function segments(path: string): number {
  let count = 0;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) count++;
  return count;
}

function placeOfShape<Route extends Routable>(
  paths: HostPaths<Route>,
  kind: "exact" | "prefix",
  path: string,
): Place<Route> {
  const literal = path
    .substring(1)
    .split("/")
    .map((segment) => !segment.startsWith("{"));
  const mask = maskOf(literal);
  let shape = paths.shapes.find((one) => one.kind === kind && maskOf(one.literal) === mask);
  if (shape === undefined) {
    shape = { kind, literal, literals: literal.filter((is) => is).length, places: {} };
    const shapes = [...paths.shapes, shape];
    shapes.sort((a, b) => shapePrecedence(a, b));
    paths.shapes = shapes;
    paths.needsLoops = true;
  }
  return placeUnder(shape.places, placeKey(path));
}

/** A path with `{}` for its named segments: paths that differ in names alone are the same. */
export function placeKey(path: string): string {
  return path
    .split("/")
    .map((segment) => (segment.startsWith("{") ? "{}" : segment))
    .join("/");
}

/** Exact before prefix, then more literal segments, then the longer, then literal segments further left. */
function shapePrecedence<Route extends Routable>(a: Shape<Route>, b: Shape<Route>): number {
  if (a.kind !== b.kind) return a.kind === "exact" ? -1 : 1;
  if (a.literals !== b.literals) return b.literals - a.literals;
  if (a.literal.length !== b.literal.length) return b.literal.length - a.literal.length;
  const [left, right] = [maskOf(a.literal), maskOf(b.literal)];
  return left > right ? -1 : left < right ? 1 : 0; // Lua's sort compares an item with itself too
}

function maskOf(literal: readonly boolean[]): string {
  return literal.map((is) => (is ? "1" : "0")).join("");
}

function addMethods<Route extends Routable>(place: Place<Route>, route: Route): void {
  if (route.methods.length === 0) place.any ??= route;
  for (const method of route.methods) place.byMethod[method] ??= route;
}

const none = (): number => 0;

function addCandidates<Route extends Routable>(
  { choices }: RouterBuild<Route>,
  place: Place<Route>,
  route: Route,
  conditions: readonly PreparedCondition[],
): void {
  place.conditional ??= { byMethod: {}, any: undefined };
  const conditional = place.conditional;
  const newChoice = (): Choice<Route> => {
    const choice: Choice<Route> = { candidates: [], first: none };
    choices.push(choice);
    return choice;
  };
  const add = (choice: Choice<Route>) => choice.candidates.push({ route, conditions, refused: none, number: 0 });
  if (route.methods.length === 0) {
    conditional.any ??= newChoice();
    add(conditional.any);
  }
  for (const method of route.methods) {
    const choice = conditional.byMethod[method] ?? newChoice();
    conditional.byMethod[method] = choice;
    add(choice);
  }
}
