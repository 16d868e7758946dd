import assert from "node:assert/strict";
import { test } from "node:test";
import { topMeter } from "./top.ts";

const requests = (route: string, status: string) => `portway_requests_total|route=${route},status_class=${status}`;
const times = { buckets: [[7, 98] as const, [250, 2] as const], sumMs: 1186, count: 100 };

test("routes and services with requests in the last ten seconds, the most frequent first, with their errors and times", () => {
  const meter = topMeter();
  const at = (second: number, a: number, failed: number, b: number) =>
    meter.add(
      {
        [requests("a", "2xx")]: a,
        [requests("a", "5xx")]: failed,
        [requests("b", "2xx")]: b,
        [requests("idle", "2xx")]: 1000,
        "portway_upstream_requests_total|service=s,status_class=2xx": a,
        "portway_retries_total|service=s": 1,
      },
      second * 1000,
    );
  assert.deepEqual(meter.top({}), { routes: [], services: [] });
  at(0, 100, 5, 0);
  at(1, 500, 5, 0);
  at(11, 520, 10, 100);
  assert.deepEqual(meter.top({ "portway_request_duration_seconds|route=a": times }), {
    routes: [
      { name: "b", requestsPerSecond: 10, errorsPerSecond: 0 },
      { name: "a", requestsPerSecond: 2.5, errorsPerSecond: 0.5, p50Ms: 7, p99Ms: (2 * 240 * 250) / 490 },
    ],
    services: [{ name: "s", requestsPerSecond: 2, errorsPerSecond: 0 }],
  });
  at(12, 4, 0, 3); // nginx began anew
  const { routes } = meter.top({});
  assert.ok(routes.every(({ requestsPerSecond }) => requestsPerSecond > 0));
});

test("of many routes, the hundred most frequent", () => {
  const meter = topMeter();
  const counters = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [requests(`r${i}`, "2xx"), i + 1]));
  meter.add({}, 0);
  meter.add(counters, 1000);
  const { routes } = meter.top({});
  assert.deepEqual([routes.length, routes[0]!.name, routes[99]!.name], [100, "r299", "r200"]);
});
