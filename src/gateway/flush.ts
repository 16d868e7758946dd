// Hands this worker's counts to all workers' (series.ts), once a second and in slices, and tells those to the edge process.
import type { RouteMetrics, ServiceMetrics } from "./metrics.ts";
import { dirtyRoutes, dirtyServices, timedRoutes } from "./metrics.ts";
import { pendingCounts } from "./rare-counts.ts";
import { addCount, addHistogram, changesOf, newSeries, tellChanged } from "./series.ts";
import type { Work } from "./snapshot/slices.ts";
import { workInSlices } from "./snapshot/slices.ts";
import { gaps } from "./worker-gap.ts";

const shared = ngx.shared.pw_counters;
const series = newSeries(shared);
const flushing = { isBusy: false };
const linesAtOnce = 50;
/** Microseconds fall into many buckets: those of 1,000 routes each second would double what is handed over and read. */
const mostTimedAtOnce = 100;

/** Of this run of nginx: counts begin anew with another. */
shared.add("epoch", Math.floor(ngx.now() * 1000));

/** Adds what this worker counted since the last time. Lets requests run in between. */
export function flushMetrics(): void {
  if (flushing.isBusy) return;
  flushing.isBusy = true;
  const work = workInSlices();
  for (const metrics of dirtyRoutes.splice(0)) flushRoute(metrics, work);
  for (const metrics of dirtyServices.splice(0)) flushService(metrics, work);
  const mostTimed = ngx.worker.exiting() ? timedRoutes.length : mostTimedAtOnce;
  for (const metrics of timedRoutes.splice(0, mostTimed)) flushOwn(metrics, work);
  addHistogram(series, "portway_worker_gap_seconds|", gaps, work);
  flushRare();
  flushing.isBusy = false;
}

/** All at once: what is added to a table while another goes through it would be lost. */
function flushRare(): void {
  for (const name in pendingCounts) {
    addCount(series, name, pendingCounts[name]!);
    delete pendingCounts[name];
  }
}

function flushStatuses(start: string, statuses: number[]): void {
  statuses.forEach((count, first) => {
    statuses[first] = 0;
    addCount(series, `${start},status_class=${first === 0 ? "none" : `${first}xx`}`, count);
  });
}

function flushRoute(metrics: RouteMetrics, work: Work): void {
  const { name, sentBytes, receivedBytes } = metrics;
  metrics.isDirty = false;
  metrics.sentBytes = 0;
  metrics.receivedBytes = 0;
  flushStatuses(`portway_requests_total|route=${name}`, metrics.statuses);
  addCount(series, `portway_response_bytes_total|route=${name}`, sentBytes);
  addCount(series, `portway_request_bytes_total|route=${name}`, receivedBytes);
  work(20);
  addHistogram(series, `portway_request_duration_seconds|route=${name}`, metrics.duration, work);
}

function flushOwn(metrics: RouteMetrics, work: Work): void {
  const { name, timed } = metrics;
  metrics.timed = 0;
  addCount(series, `portway_own_timed_total|route=${name}`, timed);
  work(3);
  addHistogram(series, `portway_own_duration_seconds|route=${name}`, metrics.own, work);
}

function flushService(metrics: ServiceMetrics, work: Work): void {
  const { name, retries } = metrics;
  metrics.isDirty = false;
  metrics.retries = 0;
  flushStatuses(`portway_upstream_requests_total|service=${name}`, metrics.statuses);
  addCount(series, `portway_retries_total|service=${name}`, retries);
  work(15);
  addHistogram(series, `portway_upstream_duration_seconds|service=${name}`, metrics.duration, work);
}

/** GET /counters: a line with what it is up to, then one a series that has changed since. */
export function sendChanges(sinceEpoch: number, sinceChange: number): void {
  const [epoch] = shared.get("epoch");
  const changes = changesOf(shared);
  const work = workInSlices();
  const lines = [`{"epoch":${epoch ?? 0},"changes":${changes}}`];
  const send = () => {
    ngx.print(`${lines.join("\n")}\n`);
    lines.length = 0;
  };
  ngx.header["Content-Type"] = "application/x-ndjson";
  tellChanged(
    shared,
    epoch === sinceEpoch ? sinceChange : 0,
    (line) => {
      lines.push(line);
      if (lines.length >= linesAtOnce) send();
    },
    work,
  );
  if (lines.length > 0) send();
}
