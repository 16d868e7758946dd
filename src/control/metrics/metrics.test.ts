import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { request } from "../../lib/http.ts";
import type { RotationRun } from "../../plan/rotation/run.ts";
import { StoreError } from "../../registry/errors.ts";
import type { Registry } from "../../registry/store.ts";
import { capability } from "../../wire/capability.ts";
import type { AgentStatus } from "../../wire/stream.ts";
import { ask, demand, openStream, smallFile, startTestControl, type TestControl } from "../harness.ts";
import { rotationKey } from "../keys.ts";
import { isInside } from "./door.ts";
import { help } from "./help.ts";
import { openTally } from "./tally.ts";

const agentStatus = (revision: number): AgentStatus => ({
  ...{ program: "agent", capability, version: "1", revision, wireguard: "kernel", peers: [], clockMs: Date.now() },
});

const scrape = async ({ running }: TestControl) =>
  (await request({ url: `http://127.0.0.1:${running.metricsPort}`, path: "/metrics" })).body;

/** The value of a series, by its whole name. */
function valueIn(text: string, series: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  assert.ok(line, `${series} in\n${text}`);
  return Number(line.slice(series.length));
}

suite("control's metrics", () => {
  test("tell revisions, hosts, streams, times, requests, the registry and the audit chain", async () => {
    const control = await startTestControl();
    try {
      await control.apply(smallFile);
      await control.join("edge-1");
      const door = await control.join("api-1");
      await demand(door, "selfStatus", { body: agentStatus(1) });
      const { lines, close } = await openStream(door, "mesh");
      const hello = JSON.parse((await lines[Symbol.asyncIterator]().next()).value!) as { revision: number };
      const before = await scrape(control);
      assert.equal(valueIn(before, 'portway_streams_open{part="mesh"}'), 1);
      assert.equal(valueIn(before, 'portway_host_connected{host="api-1"}'), 1);
      assert.ok(valueIn(before, 'portway_host_revision_lag{host="api-1",part="mesh"}') > 0);
      await demand(door, "selfStatus", { body: agentStatus(hello.revision) });
      await control.apply(smallFile.replace("tcp/8080", "tcp/8081"));
      const { revision } = await demand<{ revision: number }>(control.local, "status");
      await demand(door, "selfStatus", { body: agentStatus(revision) });
      await ask(control.stranger, "status");
      await request({ ...control.stranger, path: "/nowhere" });
      const text = await scrape(control);
      assert.equal(valueIn(text, 'portway_host_revision_lag{host="api-1",part="mesh"}'), 0);
      assert.equal(valueIn(text, 'portway_host_in_force_seconds_count{part="mesh"}'), 1);
      assert.equal(valueIn(text, "portway_control_revision"), revision);
      assert.equal(valueIn(text, "portway_control_compiled_revision"), revision);
      assert.ok(valueIn(text, "portway_control_compile_seconds_count") >= 2);
      assert.equal(valueIn(text, 'portway_hosts{state="joined"}'), 2);
      assert.equal(valueIn(text, 'portway_api_requests_total{route="specApply",status="200"}'), 2);
      assert.equal(valueIn(text, 'portway_api_requests_total{route="status",status="401"}'), 1);
      assert.equal(valueIn(text, 'portway_api_requests_total{route="none",status="404"}'), 1);
      assert.equal(valueIn(text, 'portway_events_total{kind="spec.apply"}'), 2);
      assert.ok(valueIn(text, "portway_registry_size_bytes") > 0);
      const { entries } = await demand<{ entries: number }>(control.local, "auditVerify");
      assert.equal(valueIn(text, "portway_audit_entries"), entries);
      assert.ok(valueIn(text, "portway_registry_writes_total") >= 4);
      close();
    } finally {
      await control.close();
    }
  });

  test("tell how far a rotation is, and what the last one came to", async () => {
    const control = await startTestControl();
    try {
      await control.apply(smallFile);
      for (const host of ["edge-1", "api-1", "api-2", "db-1"]) await control.join(host);
      const idle = await scrape(control);
      assert.equal(valueIn(idle, "portway_rotation_running"), 0);
      assert.ok(valueIn(idle, 'portway_host_key_age_seconds{host="db-1",plane="pw0"}') < 60);
      assert.equal(valueIn(idle, "portway_control_leads"), 0);
      assert.ok(!idle.includes("portway_rotation_result"));
      await demand(control.local, "rotationStart", { body: { hosts: ["db-1", "api-1"] } });
      const text = await scrape(control);
      assert.equal(valueIn(text, "portway_rotation_running"), 1);
      assert.equal(valueIn(text, "portway_rotation_hosts_left"), 2);
      assert.equal(valueIn(text, "portway_rotation_pairs_left"), 3, "api-1 and edge-1, api-1 and db-1, api-2 and db-1");
      assert.equal(valueIn(text, 'portway_rotation_steps{phase="prove"}'), 0);
      await demand(control.local, "rotationAbort");
      const { value } = (await control.registry.get(rotationKey))!;
      const run = JSON.parse(value) as RotationRun;
      const over = { ...run, pending: [], active: [], endedAtMs: 1_000 } satisfies RotationRun;
      await control.registry.transact([], [{ op: "put", key: rotationKey, value: JSON.stringify(over) }]);
      const isOver = async () => valueIn(await scrape(control), "portway_rotation_running") === 0;
      for (let tries = 0; tries < 100 && !(await isOver()); tries++) await new Promise((go) => setTimeout(go, 20));
      const last = await scrape(control);
      assert.equal(valueIn(last, 'portway_rotation_result{result="aborted"}'), 1);
      assert.equal(valueIn(last, 'portway_rotation_result{result="renewed"}'), 0);
    } finally {
      await control.close();
    }
  });

  test("count what the registry did not take, by reason", async () => {
    let isFull = false;
    const through = (registry: Registry): Registry => ({
      ...registry,
      transact: (...words) =>
        isFull
          ? Promise.reject(new StoreError("unavailable", "no space left", { reason: "diskFull" }))
          : registry.transact(...words),
    });
    const control = await startTestControl({ through });
    try {
      await control.apply(smallFile);
      isFull = true;
      await assert.rejects(control.apply(smallFile.replace("tcp/5432", "tcp/5433")));
      assert.equal(valueIn(await scrape(control), 'portway_registry_write_errors_total{reason="diskFull"}'), 1);
    } finally {
      isFull = false;
      await control.close();
    }
  });

  test("are for those who call loopback or the overlay", () => {
    const overlay = ["10.77.0.0/16", "fd12:3456:789a::/48"];
    for (const own of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.77.3.4", "::ffff:10.77.3.4", "fd12:3456:789a::7"])
      assert.ok(isInside(own, overlay), own);
    for (const other of ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fd12:3456:789b::1", "", undefined])
      assert.ok(!isInside(other, overlay), String(other));
  });

  test("have no series without end: kinds of events that hosts make up are counted together", () => {
    const tally = openTally();
    for (let at = 0; at < 5_000; at++) tally.happened(`made-up-${at}`);
    tally.happened('quoted"kind');
    const kinds = Object.keys(tally.values()).filter((key) => key.startsWith("portway_events_total"));
    assert.equal(kinds.length, 201);
    assert.equal(tally.values()["portway_events_total|kind=other"], 4_801);
  });

  test("have a meaning, and a row in docs/network/control-metrics.md, each", async () => {
    const page = readFileSync(new URL("../../../docs/network/control-metrics.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
    assert.deepEqual(listed, Object.keys(help));
    const control = await startTestControl();
    try {
      await control.apply(smallFile);
      for (const [, name] of (await scrape(control)).matchAll(/^# TYPE (\S+)/gm))
        assert.ok(help[name!], `${name} has no meaning`);
    } finally {
      await control.close();
    }
  });
});
