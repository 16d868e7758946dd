// Which route a request takes, and why each other one does not. The order of those that would is found by asking the router
// again and again without the ones that came before.
import { destinationText } from "../../plan/route-answers.ts";
import type { RouteSpec } from "../../spec/route-types.ts";
import type { Spec } from "../../spec/types.ts";
import { hostFor, pathFor, whyLater, whyNot } from "./reasons.ts";
import type { AskedRequest } from "./request.ts";
import { type Outcome, routed } from "./routing.ts";

export interface Explanation {
  /** Null: no route takes it. */
  readonly route: string | null;
  /** What of the route it was: `GET`, `api.example.com`, `/orders/`; empty without one. */
  readonly matched: { readonly method: string; readonly host: string; readonly path: string };
  /** The service, or what the route answers itself; empty without one. */
  readonly destination: string;
  /** Of the refusal: 400, 404 or 405; null when a route takes it. */
  readonly status: number | null;
  /** What 405 says in Allow; empty otherwise. */
  readonly allow: string;
  /** Why it is refused, or what happens before; empty: nothing. */
  readonly note: string;
  /** The others: first those that would take it, in order, then those that do not match. */
  readonly others: readonly Other[];
}

export interface Other {
  readonly route: string;
  /** It would take the request if those before it were not there. */
  readonly matches: boolean;
  readonly why: string;
}

/** What path-decode.ts calls what it refuses. */
const unclear: Readonly<Record<string, string>> = {
  notAbsolute: "the path does not start with /",
  badEncoding: "a % stands without two digits after it",
  slash: "the path has an encoded slash or a backslash in it",
  doubleEncoding: "the path has an encoded % in it",
  control: "the path has a control character in it",
  parameter: "the path has a ; in it",
  dotSegment: "the path has a dot segment",
  emptySegment: "the path has an empty segment",
  fragment: "the path has a # in it",
};

export function explainRoute({ routes, edge }: Spec, request: AskedRequest): Explanation {
  const first = winner(routes, request);
  const ranked = inOrder(routes, request, first);
  const others = ranked.map((route): Other => {
    const why = first.kind === "route" ? whyLater(first.route, route, request) : whyRefused(route, first);
    return { route: route.name, matches: true, why };
  });
  const strangers = routes.flatMap((route): Other[] => {
    const why = first.kind === "route" && route === first.route ? undefined : whyNot(route, request);
    return why === undefined || (first.kind === "refused" && first.status === 400)
      ? []
      : [{ route: route.name, matches: false, why }];
  });
  const sentElsewhere = !request.isSecure && edge.http?.redirect === true;
  return {
    ...ofOutcome(first, request),
    ...(sentElsewhere && { note: "requests of http are sent to https before (edge.http.redirect)" }),
    others: [...others, ...strangers],
  };
}

/** A CORS preflight belongs to the route of the request that it announces. */
function winner(routes: readonly RouteSpec[], request: AskedRequest): Outcome<RouteSpec> {
  const announced = request.headers.get("access-control-request-method");
  if (request.method === "OPTIONS" && announced !== undefined) {
    const outcome = routed(routes, { ...request, method: announced });
    if (outcome.kind === "route" && outcome.route.plugins.cors) return outcome;
  }
  return routed(routes, request);
}

const mostRanked = 100;

/** The routes that alone would take the request, without the one that does. */
function inOrder(routes: readonly RouteSpec[], request: AskedRequest, first: Outcome<RouteSpec>): RouteSpec[] {
  const taken = first.kind === "route" ? first.route : undefined;
  let left = routes.filter((route) => route !== taken && routed([route], request).kind === "route");
  const ordered: RouteSpec[] = [];
  while (left.length > 0 && ordered.length < mostRanked) {
    const next = routed(left, request);
    if (next.kind === "refused") break;
    ordered.push(next.route);
    left = left.filter((route) => route !== next.route);
  }
  return [...ordered, ...left];
}

function whyRefused(route: RouteSpec, { allow }: Extract<Outcome<RouteSpec>, { kind: "refused" }>): string {
  return `${route.paths.length > 1 ? "its paths are" : "its path is"} less specific than one that takes ${allow} alone`;
}

function ofOutcome(outcome: Outcome<RouteSpec>, request: AskedRequest): Omit<Explanation, "others"> {
  if (outcome.kind === "route") {
    const { route } = outcome;
    const matched = {
      method: route.methods.length === 0 ? "all" : request.method,
      host: hostFor(route, request),
      path: pathFor(route, request),
    };
    return { route: route.name, matched, destination: destinationText(route), status: null, allow: "", note: "" };
  }
  const { status, reason, allow } = outcome;
  const notes = { 400: unclear[reason] ?? reason, 404: "no route matches", 405: `only ${allow} may be asked here` };
  const matched = { method: "", host: "", path: "" };
  return { route: null, matched, destination: "", status, allow, note: notes[status] };
}
