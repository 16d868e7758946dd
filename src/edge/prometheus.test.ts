import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeMetrics, rateMeter } from "./prometheus.ts";

test("counters, histograms and gauges are written as Prometheus reads them", () => {
  const text = edgeMetrics(
    {
      counters: {
        "portway_requests_total|route=orders,status_class=5xx": 1,
        "portway_requests_total|route=orders,status_class=2xx": 12,
        'portway_upstream_errors_total|service=s,target=http://a/?x="1",kind=timeout': 2,
      },
      histograms: {
        "portway_request_duration_seconds|route=orders": {
          buckets: [
            [1, 4],
            [10, 6],
            [30, 1],
            [100, 1],
            [110, 1],
          ],
          sumMs: 500,
          count: 13,
        },
      },
    },
    { portway_nginx_up: 1 },
  );
  assert.equal(
    text,
    `# HELP portway_nginx_up 1 when nginx runs.
# TYPE portway_nginx_up gauge
portway_nginx_up 1
# HELP portway_request_duration_seconds From the first byte of a request to the last of its answer.
# TYPE portway_request_duration_seconds histogram
portway_request_duration_seconds_bucket{route="orders",le="0.001"} 4
portway_request_duration_seconds_bucket{route="orders",le="0.002"} 4
portway_request_duration_seconds_bucket{route="orders",le="0.005"} 4
portway_request_duration_seconds_bucket{route="orders",le="0.01"} 10
portway_request_duration_seconds_bucket{route="orders",le="0.025"} 10
portway_request_duration_seconds_bucket{route="orders",le="0.05"} 11
portway_request_duration_seconds_bucket{route="orders",le="0.1"} 12
portway_request_duration_seconds_bucket{route="orders",le="0.25"} 13
portway_request_duration_seconds_bucket{route="orders",le="0.5"} 13
portway_request_duration_seconds_bucket{route="orders",le="1"} 13
portway_request_duration_seconds_bucket{route="orders",le="2.5"} 13
portway_request_duration_seconds_bucket{route="orders",le="5"} 13
portway_request_duration_seconds_bucket{route="orders",le="10"} 13
portway_request_duration_seconds_bucket{route="orders",le="+Inf"} 13
portway_request_duration_seconds_sum{route="orders"} 0.5
portway_request_duration_seconds_count{route="orders"} 13
# HELP portway_requests_total Requests answered, by route and status class.
# TYPE portway_requests_total counter
portway_requests_total{route="orders",status_class="2xx"} 12
portway_requests_total{route="orders",status_class="5xx"} 1
# HELP portway_upstream_errors_total Failed tries of a target, by kind.
# TYPE portway_upstream_errors_total counter
portway_upstream_errors_total{service="s",target="http://a/?x=\\"1\\"",kind="timeout"} 2
`,
  );
});

const none = { requestsPerSecond: 0, errorsPerSecond: 0, givenUpPerSecond: 0, floodsPerSecond: 0 };

test("rates are of the last seconds, and a restart of nginx makes none negative", () => {
  const rates = rateMeter(10_000);
  const at = (ok: number, failed: number, ms: number) =>
    rates(
      {
        counters: {
          "portway_requests_total|route=a,status_class=2xx": ok,
          "portway_requests_total|route=a,status_class=5xx": failed,
          "portway_rejections_total|plugin=jwt,reason=expired": 1e9,
        },
        histograms: {},
      },
      ms,
    );
  assert.deepEqual(at(100, 0, 0), none);
  assert.deepEqual(at(190, 10, 5_000), { ...none, requestsPerSecond: 20, errorsPerSecond: 2 });
  assert.deepEqual(at(190, 10, 10_000), { ...none, requestsPerSecond: 10, errorsPerSecond: 1 });
  assert.deepEqual(at(190, 10, 15_000), none);
  assert.deepEqual(at(5, 0, 16_000), none);
  assert.deepEqual(at(25, 0, 18_000), { ...none, requestsPerSecond: 10 });
});

test("what clients do wrong has rates too: floods of all kinds, and requests that they give up or are refused for that", () => {
  const rates = rateMeter(10_000);
  const at = (many: number, ms: number) =>
    rates(
      {
        counters: {
          "portway_http2_floods_total|kind=frames": many,
          "portway_http2_floods_total|kind=streams": many,
          "portway_given_up_total|": many,
          "portway_rejections_total|plugin=clients,reason=givenUp": 3 * many,
        },
        histograms: {},
      },
      ms,
    );
  assert.deepEqual(at(10, 0), none);
  assert.deepEqual(at(30, 10_000), { ...none, givenUpPerSecond: 8, floodsPerSecond: 4 });
});
