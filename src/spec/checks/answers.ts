// Routes that answer themselves: redirects that lead back, and settings for a service that is not there.
import { errorAt, type Finding, type Path, warningAt } from "../issue.ts";
import { servicesOf } from "../route-services.ts";
import type { PathMatch, RedirectSpec, RouteSpec } from "../route-types.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";

export function checkAnswers({ routes }: Spec, written: Written): Finding[] {
  return routes.flatMap((route, index) => {
    const edits = written.routes[index]?.use.headers?.request;
    return [
      ...loops(route, routes, ["routes", index, "redirect"]),
      ...(edits && servicesOf(route).length === 0 ? [nobodyReads(["routes", index, "use", "headers", "request"])] : []),
    ];
  });
}

/** With a scheme of its own a redirect may serve the other one alone. */
function loops(route: RouteSpec, routes: readonly RouteSpec[], path: Path): Finding[] {
  const { redirect, hosts, paths } = route;
  if (!redirect || redirect.scheme !== undefined) return [];
  const hint = "name another host, path or prefix";
  if (redirect.host !== undefined && !takesHost(route, redirect.host, routes)) return [];
  if (paths.some((match) => leadsBack(redirect, match)))
    return [errorAt(path, "redirectLoop", "this redirect leads to where it came from", hint)];
  const target = redirect.path ?? redirect.prefix!;
  const isTaken = (one: RouteSpec) =>
    one !== route &&
    sharesHost(one, redirect.host === undefined ? hosts : [redirect.host]) &&
    one.paths.some((match) => covers(match, target));
  if (!paths.some((match) => covers(match, target)) || routes.some(isTaken)) return [];
  const message = `this redirect leads to ${target || "/"}, which the route takes again`;
  return [warningAt(path, "redirectLoop", message, `${hint}, or add a route for ${target || "/"}`)];
}

function leadsBack({ path, prefix }: RedirectSpec, match: PathMatch): boolean {
  if (path === undefined) return prefix === undefined || prefix === match.path;
  return match.kind === "exact" && path === match.path;
}

/** By its name, or by a wildcard when no other route could take requests for that host. */
function takesHost(route: RouteSpec, host: string, routes: readonly RouteSpec[]): boolean {
  if (route.hosts.includes(host)) return true;
  const takes = ({ hosts }: RouteSpec) => hosts.some((pattern) => matchesHost(pattern, host));
  return takes(route) && !routes.some((other) => other !== route && takes(other));
}

function matchesHost(pattern: string, host: string): boolean {
  return pattern === host || pattern === "*" || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}

function sharesHost(route: RouteSpec, hosts: readonly string[]): boolean {
  return route.hosts.some((host) => hosts.includes(host));
}

/** Of a path without named segments. */
function covers({ kind, path }: PathMatch, target: string): boolean {
  return target === path || (kind === "prefix" && target.startsWith(`${path}/`));
}

function nobodyReads(path: Path): Finding {
  const message = "this route asks no service that would get these headers";
  return warningAt(path, "unusedHeaders", message, "take it out; headers.response changes the answer");
}
