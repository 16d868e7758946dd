import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { serveOnPort, serveOnSocket } from "../host/pages.ts";
import { request } from "../lib/http.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import { localPages } from "./pages.ts";

const well: EdgeStatus = {
  program: "edge",
  capability: 1,
  version: "0",
  revision: 4,
  nginx: { running: true, workers: 2 },
  requestsPerSecond: 0,
  errorsPerSecond: 0,
  targets: [],
  warnings: [],
  clockMs: 0,
};
const pagesOf = (status: EdgeStatus) =>
  localPages({
    status: () => status,
    counters: () => ({ counters: { "portway_requests_total|route=a": 3 }, histograms: {} }),
    recent: () => ({
      "portway_request_duration_seconds|route=a": {
        buckets: [
          [7, 99],
          [250, 1],
        ],
        sumMs: 900,
        count: 100,
      },
    }),
    names: () => ({ portway_names_failing: 1 }),
    snapshotAgeSeconds: () => 12.5,
    state: () => ({
      ...{ revision: 7, digest: "", workers: [] },
      ejected: [{ service: "a", target: "one", untilMs: 0 }],
      down: [{ service: "a", target: "two", reason: "status 500" }],
      breakers: [{ service: "a", state: "halfOpen", active: 3 }],
      connections: { active: 9, waiting: 4 },
    }),
    snapshotRevision: () => 7,
  });

describe("the edge's own pages", () => {
  test("are metrics, status and health", () => {
    const pages = pagesOf(well);
    assert.match(pages["/metrics"]!().body, /^portway_requests_total\{route="a"\} 3$/m);
    assert.match(pages["/metrics"]!().body, /^portway_control_revision 4$/m);
    assert.match(pages["/metrics"]!().body, /^portway_snapshot_revision 7$/m);
    assert.match(pages["/metrics"]!().body, /^portway_snapshot_age_seconds 12.5$/m);
    assert.match(pages["/metrics"]!().body, /^portway_connections\{state="waiting"\} 4$/m);
    assert.match(
      pages["/metrics"]!().body,
      /^portway_request_duration_quantile_seconds\{route="a",quantile="0.99"\} 0.007$/m,
    );
    const gauges = pages["/metrics"]!()
      .body.split("\n")
      .filter((line) => /^portway_(breaker|targets)/.test(line));
    assert.deepEqual(gauges, [
      'portway_breaker_active{service="a"} 3',
      'portway_breaker_state{service="a",state="closed"} 0',
      'portway_breaker_state{service="a",state="halfOpen"} 1',
      'portway_breaker_state{service="a",state="open"} 0',
      'portway_targets_out{service="a",reason="ejected"} 1',
      'portway_targets_out{service="a",reason="health"} 1',
    ]);
    assert.deepEqual(JSON.parse(pages["/status"]!().body), well);
    assert.equal(pages["/health"]!().status, 200);
  });

  test("say 503 for health when nginx is down or refuses what it should do", () => {
    for (const ill of [
      { ...well, nginx: { running: false, workers: 0 } },
      { ...well, nginx: { ...well.nginx, configError: "x" } },
      { ...well, snapshotError: "x" },
    ]) {
      assert.equal(pagesOf(ill)["/health"]!().status, 503);
    }
  });

  test("are served on loopback, and a port that is taken is told", async (t) => {
    const server = await serveOnPort("127.0.0.1", 0, pagesOf(well));
    t.after(server.close);
    const url = `http://127.0.0.1:${server.port}`;
    assert.equal((await request({ url, path: "/health?x" })).status, 200);
    assert.equal((await request({ url, path: "/constructor" })).status, 404);
    assert.equal((await request({ url, path: "/health", method: "POST" })).status, 404);
    await assert.rejects(serveOnPort("127.0.0.1", server.port!, {}), /cannot listen/);
  });

  test("are served on a socket of this account, of which there is one at a time", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "portway-local-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, "edge.sock");
    writeFileSync(socketPath, ""); // as a killed process leaves it: nobody answers
    const server = await serveOnSocket(socketPath, pagesOf(well));
    t.after(server.close);
    assert.equal(statSync(socketPath).mode & 0o777, 0o600);
    assert.equal((await request({ socketPath, path: "/health" })).status, 200);
    await assert.rejects(serveOnSocket(socketPath, {}), /runs here already/);
  });
});
