// A place made of its routes: the same routes give the same place, in whatever order they came.
import type { Asked, Candidate, Choice, PreparedCondition } from "./conditional.ts";
import { holds } from "./conditional.ts";
import type { Place, Routable } from "./router.ts";

/** Makes of a list a function that runs each item until one gives something other than 0 (straight.ts for LuaJIT). */
export type InTurn = <Subject, Item>(
  this: void,
  items: readonly Item[],
  run: (this: void, subject: Subject, item: Item) => number,
) => (this: void, subject: Subject) => number;

/** Of two routes that differ in nothing that matters here the first by name stays (the file's checks refuse such a pair). */
export function makePlace<Route extends Routable>(unordered: readonly Route[], inTurn: InTurn): Place<Route> {
  const routes = [...unordered];
  routes.sort((a, b) => precedence(a, b));
  const place: Place<Route> = { routes, byMethod: {}, any: undefined, conditional: undefined };
  const choices: Choice<Route>[] = [];
  for (const route of routes) {
    const conditions = conditionsOf(route);
    if (conditions.length === 0) addMethods(place, route);
    else addCandidate(place, choices, route, inTurn(conditions, refuses));
  }
  for (const choice of choices) choice.first = inTurn<Asked, Candidate<Route>>(choice.candidates, accepts);
  return place;
}

/** Of two routes with the same host, path and method: negative when `a` is asked first. */
function precedence(a: Routable, b: Routable): number {
  const headers = (b.headers?.length ?? 0) - (a.headers?.length ?? 0);
  if (headers !== 0) return headers;
  const query = (b.query?.length ?? 0) - (a.query?.length ?? 0);
  if (query !== 0) return query;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function refuses(asked: Asked, condition: PreparedCondition): number {
  return holds(asked, condition) ? 0 : 1;
}

function accepts(asked: Asked, { refused, number }: Candidate<Routable>): number {
  return refused(asked) === 0 ? number : 0;
}

/** A route's conditions, headers first. */
function conditionsOf({ headers, query }: Routable): PreparedCondition[] {
  const prepared: PreparedCondition[] = [];
  for (const { name, match, value } of headers ?? []) {
    const key = `http_${name.split("-").join("_")}`;
    prepared.push({ source: "header", key, name, match, value });
  }
  for (const { name, match, value } of query ?? []) prepared.push({ source: "query", key: name, name, match, value });
  return prepared;
}

function addMethods<Route extends Routable>(place: Place<Route>, route: Route): void {
  if (route.methods.length === 0) place.any ??= route;
  for (const method of route.methods) place.byMethod[method] ??= route;
}

const none = (): number => 0;

function addCandidate<Route extends Routable>(
  place: Place<Route>,
  choices: Choice<Route>[],
  route: Route,
  refused: Candidate<Route>["refused"],
): void {
  place.conditional ??= { byMethod: {}, any: undefined };
  const { byMethod } = place.conditional;
  const newChoice = (): Choice<Route> => {
    const choice: Choice<Route> = { candidates: [], first: none };
    choices.push(choice);
    return choice;
  };
  const add = ({ candidates }: Choice<Route>) => candidates.push({ route, refused, number: candidates.length + 1 });
  if (route.methods.length === 0) {
    place.conditional.any ??= newChoice();
    add(place.conditional.any);
  }
  for (const method of route.methods) {
    byMethod[method] ??= newChoice();
    add(byMethod[method]);
  }
}
