// Why a route does not take a request, or why another comes before it: the router's answer for the route alone, with one
// thing after the other left out of what it asks.
import { matchedPath } from "../../gateway/routing/path-segment.ts";
import type { Condition, Routable } from "../../gateway/routing/router.ts";
import type { AskedRequest } from "./request.ts";
import { pathOf, routed } from "./routing.ts";

const anyPath = [{ kind: "prefix", path: "" }] as const;

function takes(route: Routable, request: AskedRequest): boolean {
  return routed([route], request).kind === "route";
}

/** Undefined: alone it would take the request. */
export function whyNot(route: Routable, request: AskedRequest): string | undefined {
  if (takes(route, request)) return undefined;
  const { name, hosts, paths } = route;
  const open: Routable = { name, hosts, paths, methods: [] };
  if (!takes({ ...open, paths: anyPath }, request)) return `its hosts are ${hosts.join(", ")}`;
  if (!takes(open, request)) return `its paths are ${paths.map(pathText).join(", ")}`;
  if (!takes({ ...open, methods: route.methods }, request)) return `it takes ${route.methods.join(", ")} alone`;
  const header = route.headers?.find((one) => !takes({ ...open, headers: [one] }, request));
  if (header) return `it asks for the header ${conditionText(header)}`;
  const parameter = route.query?.find((one) => !takes({ ...open, query: [one] }, request));
  return `it asks for ${parameter ? conditionText(parameter) : "another query"} in the query`;
}

const pathText = ({ kind, path }: Routable["paths"][number]): string => (kind === "prefix" ? `${path}/` : path);

function conditionText({ name, match, value }: Condition): string {
  if (match === "present") return name;
  return match === "exact" ? `${name} with the value "${value}"` : `${name} beginning with "${value}"`;
}

/** Of two routes that both would take the request: why `first` comes before `later`. */
export function whyLater(first: Routable, later: Routable, request: AskedRequest): string {
  const [host, otherHost] = [hostFor(first, request), hostFor(later, request)];
  if (host !== otherHost) return `${otherHost} is less specific than ${host}`;
  const [path, otherPath] = [pathFor(first, request), pathFor(later, request)];
  if (path !== otherPath) return `${otherPath} is less specific than ${path}`;
  if (first.methods.length > 0 && later.methods.length === 0)
    return `it takes all methods, and ${first.name} names its own`;
  if (request.method === "HEAD" && first.methods.includes("HEAD") !== later.methods.includes("HEAD"))
    return `it takes HEAD by its GET, and ${first.name} names HEAD`;
  for (const kind of ["headers", "query"] as const) {
    const [more, fewer] = [first[kind]?.length ?? 0, later[kind]?.length ?? 0];
    const what = kind === "headers" ? "headers" : "parameters of the query";
    if (more !== fewer) return `it asks for ${fewer} ${what}, and ${first.name} for ${more}`;
  }
  return `its name sorts after ${first.name}`;
}

/** The pattern of the route's that the host has, as the router looks for it. */
export function hostFor({ hosts }: Routable, { host }: AskedRequest): string {
  const suffixes = hosts.filter((one) => one.startsWith("*.") && host.endsWith(one.slice(1)));
  const longest = suffixes.reduce((a, b) => (b.length > a.length ? b : a), "");
  return hosts.includes(host) ? host : longest || "*";
}

/** As the file writes it. */
export function pathFor({ paths }: Routable, request: AskedRequest): string {
  const found = matchedPath(paths, pathOf(request) ?? "");
  const written = paths.find(({ path }) => path === found);
  return written ? pathText(written) : "";
}
