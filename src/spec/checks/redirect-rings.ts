// Redirects that never come to an answer.
import { errorAt, type Finding, warningAt } from "../issue.ts";
import { anyHost, type Ring, redirectRings, type Stop } from "../redirect-rings.ts";
import type { RoutedRequest } from "../route-table.ts";
import type { PathMatch, RouteSpec } from "../route-types.ts";
import type { Spec } from "../types.ts";

interface Judged extends Ring {
  readonly isError: boolean;
}

/** Places of a ring that are told. */
const mostShown = 4;

export function checkRedirectRings(spec: Spec): Finding[] {
  const { rings, fresh } = redirectRings(spec);
  const found = new Map<string, Judged>();
  for (const ring of rings) {
    const key = membersOf(ring.stops, spec.routes).join(" ");
    const judged = { ...ring, isError: isError(ring, spec.routes, fresh) };
    if (!found.has(key) || judged.isError) found.set(key, judged);
  }
  return [...found.values()].map((ring) => findingOf(ring, spec.routes, fresh));
}

/** Where another route may take some of what is sent around, the ring has a way out, and may be meant. */
function isError({ way, isTypical }: Ring, routes: readonly RouteSpec[], fresh: string): boolean {
  if (!isTypical) return false;
  const members = new Set(way.map(({ route }) => route));
  const mayTake = (route: RouteSpec) => way.some(({ request }) => sharesPlace(route, request, fresh));
  return routes.every((route) => members.has(route) || !mayTake(route));
}

/** A path with a made-up segment stands for all that could be there, and below. */
function sharesPlace({ hosts, paths }: RouteSpec, { host, path }: RoutedRequest, fresh: string): boolean {
  if (!hosts.some(overlaps(patternOf(host, fresh)))) return false;
  return path.split("/").includes(fresh) || paths.some((match) => takesPath(match, path));
}

function takesPath({ kind, path: pattern }: PathMatch, path: string): boolean {
  const [asked, given] = [pattern.split("/"), path.split("/")];
  const isLong = kind === "exact" ? given.length === asked.length : given.length >= asked.length;
  return isLong && asked.every((segment, index) => segment.startsWith("{") || segment === given[index]);
}

function patternOf(host: string, fresh: string): string {
  if (host === anyHost(fresh)) return "*";
  return host.startsWith(`${fresh}.`) ? `*${host.slice(fresh.length)}` : host;
}

const overlaps = (one: string) => (other: string) => one === other || covers(one, other) || covers(other, one);

function covers(pattern: string, host: string): boolean {
  return pattern === "*" || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}

/** Places in the list, in its order. */
function membersOf(stops: readonly Stop[], routes: readonly RouteSpec[]): number[] {
  const members = new Set(stops.flatMap(({ route }) => (route ? [routes.indexOf(route)] : [])));
  return [...members].sort((a, b) => a - b);
}

function findingOf(ring: Judged, routes: readonly RouteSpec[], fresh: string): Finding {
  const [first, ...others] = membersOf(ring.stops, routes);
  const names = others.map((index) => routes[index]!.name);
  const over = names.length === 0 ? "" : ` over ${names.join(", ")}`;
  const what = ring.isEndless ? `never ends${over && `, going${over}`}` : `leads${over} to where it came from`;
  const message = `this redirect ${what}: ${wayOf(ring, fresh)}`;
  const hint = `name another host, path or prefix${names.length === 0 ? "" : " in one of them"}`;
  const path = ["routes", first!, "redirect"];
  return (ring.isError ? errorAt : warningAt)(path, "redirectLoop", message, hint);
}

/** `a.example.com/old/… → a.example.com/new/… → …`, with schemes where they differ. */
function wayOf({ stops, isEndless }: Ring, fresh: string): string {
  const isMixed = new Set(stops.map(({ request }) => request.scheme)).size > 1;
  const texts = stops.slice(0, mostShown).map(({ request: { scheme, host, path } }) => {
    const segments = path.split("/").map((segment) => (segment === fresh ? "…" : segment));
    return `${isMixed ? `${scheme}://` : ""}${patternOf(host, fresh)}${segments.join("/")}`;
  });
  if (isEndless || stops.length > mostShown) return [...texts, "…"].join(" → ");
  return stops.length === 1 ? texts[0]! : [...texts, texts[0]].join(" → ");
}
