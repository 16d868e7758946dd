// The series of routes and services by name: they outlive snapshots, and there is a bound to how many have their own.
import type { MostNamedSeries } from "../wire/edge-state.ts";
import type { Histogram, RouteMetrics, ServiceMetrics } from "./metrics.ts";

/** Routes, and services, counted by name; the rest share `other`. */
export const mostNames: MostNamedSeries = 1000;

interface Registry<Metrics> {
  readonly byName: Record<string, Metrics>;
  count: number;
}

const routes: Registry<RouteMetrics> = { byName: {}, count: 0 };
const services: Registry<ServiceMetrics> = { byName: {}, count: 0 };

function named<Metrics>(registry: Registry<Metrics>, name: string, make: (name: string) => Metrics): Metrics {
  const known = registry.byName[name];
  if (known !== undefined) return known;
  if (registry.count >= mostNames && name !== "other") return named(registry, "other", make);
  registry.count++;
  const metrics = make(name);
  registry.byName[name] = metrics;
  return metrics;
}

function newHistogram(): Histogram {
  return { counts: {}, sumMs: 0 };
}

function newRouteMetrics(name: string): RouteMetrics {
  const statuses = [0, 0, 0, 0, 0, 0];
  const histograms = { duration: newHistogram(), own: newHistogram() };
  return { name, statuses, ...histograms, timed: 0, sentBytes: 0, receivedBytes: 0, isDirty: false };
}

function newServiceMetrics(name: string): ServiceMetrics {
  return { name, statuses: [0, 0, 0, 0, 0, 0], duration: newHistogram(), retries: 0, isDirty: false };
}

export function routeMetrics(name: string): RouteMetrics {
  return named(routes, name, newRouteMetrics);
}

export function serviceMetrics(name: string): ServiceMetrics {
  return named(services, name, newServiceMetrics);
}

/** Requests that no route took. */
export const unrouted: RouteMetrics = routeMetrics("-");
