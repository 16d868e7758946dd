// Routes that a change makes anew: those whose objects it brings, and those that use what it touches.
import type { RouteObject } from "../../wire/edge.ts";
import type { Route, World } from "../world.ts";
import type { ChangedKeys, Entries } from "./entries.ts";
import { objectOf } from "./entries.ts";
import type { Layer } from "./layer.ts";
import { isTouched, partIn } from "./layer.ts";
import type { RouteParts } from "./make-route.ts";
import { makeRoute } from "./make-route.ts";
import type { BuildTools } from "./tools.ts";

/** Cost of looking at one, and of making one, in units of `work`. */
const lookUnits = 0.2;
const makeUnits = 10;
/** nginx's body limit is at least this (src/plan/edge-snapshot.ts). */
const leastBodyLimit = 1024 * 1024;

/** Throws a sentence for one that names what is not there. */
export function changedRoutes(
  before: World,
  entries: Entries,
  changed: ChangedKeys,
  parts: RouteParts,
  tools: BuildTools,
): Layer<Route> {
  const made: Record<string, Route> = {};
  for (const key of changed.route) {
    tools.work(makeUnits);
    made[key] = makeRoute(key, objectOf("route", entries, key), parts, tools);
  }
  if (mayTouchRoutes(before, parts)) {
    for (const key in before.routes) {
      tools.work(lookUnits);
      if (isTouched(entries, key)) continue;
      const object = objectOf("route", entries, key);
      if (!isAffected(before, object, before.routes[key]!, parts)) continue;
      tools.work(makeUnits);
      made[key] = makeRoute(key, object, parts, tools);
    }
  }
  return { base: before.routes, made, gone: entries.gone };
}

function mayTouchRoutes({ bodyLimit }: World, parts: RouteParts): boolean {
  return parts.bodyLimit !== bodyLimit || hasAny(parts.services) || hasAny(parts.plugins);
}

function hasAny({ base, made, gone }: Layer<unknown>): boolean {
  for (const _ in made) return true;
  for (const key in gone) if (base[key] !== undefined) return true;
  return false;
}

function isAffected(
  { bodyLimit }: World,
  { plugins, maxBodyBytes }: RouteObject,
  route: Route,
  parts: RouteParts,
): boolean {
  if (maxBodyBytes < bodyLimit !== maxBodyBytes < parts.bodyLimit) return true;
  for (const plugin of plugins) if (isTouched(parts.plugins, plugin)) return true;
  for (const { name } of route.services) if (isTouched(parts.services, `service/${name}`)) return true;
  return false;
}

/** The largest body of any route after a change. */
export function largestBody(before: World, entries: Entries, changed: ChangedKeys, tools: BuildTools): number {
  let largest = leastBodyLimit;
  for (const key of changed.route) largest = Math.max(largest, objectOf("route", entries, key).maxBodyBytes);
  if (largest >= before.bodyLimit) return largest;
  for (const key in before.routes) {
    tools.work(lookUnits);
    if (partIn(entries, key) === undefined) continue;
    largest = Math.max(largest, objectOf("route", entries, key).maxBodyBytes);
    if (largest >= before.bodyLimit) return largest;
  }
  return largest;
}
