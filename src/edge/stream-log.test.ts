import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { streamLog } from "./stream-log.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portway-stream-log-"));
  path = join(folder, "connections.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (change: object = {}) =>
  `${JSON.stringify({ listener: "db", status: 200, received: 10, sent: 20, seconds: 0.5, connect: "0.002", ...change })}\n`;
const connections = (outcome: string) => `portway_listener_connections_total|listener=db,outcome=${outcome}`;

test("connections are counted by how they ended, with their bytes and times", () => {
  writeFileSync(path, "");
  const log = streamLog(path);
  appendFileSync(path, line() + line({ status: 503, connect: "", seconds: 0 }) + line({ connect: "-, 0.03" }));
  log.read();
  const { counters, histograms } = log.counters();
  assert.deepEqual(counters, {
    [connections("ok")]: 2,
    [connections("limited")]: 1,
    "portway_listener_bytes_total|listener=db,direction=received": 30,
    "portway_listener_bytes_total|listener=db,direction=sent": 60,
  });
  const connect = histograms["portway_listener_connect_seconds|listener=db"]!;
  assert.deepEqual([connect.count, Math.round(connect.sumMs)], [2, 32]);
  const lasted = histograms["portway_listener_connection_seconds|listener=db"]!.buckets;
  assert.deepEqual(
    lasted.map(([, count]) => count),
    [1, 0, 2, 0, 0, 0, 0, 0],
  );
});

test("what stood in the log before is not counted, and half a line waits for its other half", () => {
  writeFileSync(path, line());
  const log = streamLog(path);
  appendFileSync(path, line().slice(0, 30));
  log.read();
  assert.deepEqual(log.counters().counters, {});
  appendFileSync(path, line().slice(30));
  log.read();
  assert.equal(log.counters().counters[connections("ok")], 1);
});

test("a log that comes later is counted from its beginning, and one that is renamed to its end", () => {
  const log = streamLog(path);
  log.read();
  writeFileSync(path, line());
  log.read();
  renameSync(path, `${path}.1`);
  log.read();
  appendFileSync(`${path}.1`, line());
  writeFileSync(path, line());
  log.read();
  log.read();
  assert.equal(log.counters().counters[connections("ok")], 3);
});

test("lines that are none are passed over", () => {
  writeFileSync(path, "");
  const log = streamLog(path);
  appendFileSync(path, `{"listener":"db"\nnull\n[]\n\n${line()}`);
  log.read();
  assert.equal(log.counters().counters[connections("ok")], 1);
});
