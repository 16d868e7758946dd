import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Door } from "../../lib/http.ts";
import type { AuditAnswer } from "../../wire/audit.ts";
import type { Flow, SpeedAnswer, SpeedMeasured } from "../../wire/speed.ts";
import { answering, demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

const idle = { all: 0.1, busiest: 0.2 };
const flow: Flow = {
  ...{ bitsPerSecond: 1e9, retransmits: 0, retransmitShare: 0, sender: idle, receiver: idle },
  ...{ limit: "link", because: "neither end was busy" },
};
const latency = { requests: 300, medianMs: 0.4, p99Ms: 0.9 };
const measured: SpeedMeasured = {
  path: { kind: "direct", plane: "pw0" },
  roundTrip: { medianMs: 0.3, jitterMs: 0.1, lost: 0, sent: 5 },
  ...{ there: flow, back: flow, inside: { http2: latency, grpc: latency } },
};

let control: TestControl;
let [edge, api] = [] as unknown as [Door, Door];
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  edge = await control.join("edge-1");
  api = await control.join("api-1");
});
after(() => control.close());

const ask = (body: object, name = "edge-1") => ({ path: { name }, body });
const whole = { to: "api-1", seconds: 1, outside: false };

test("one host is asked to listen, the other to measure, with one secret; the audit says who asked", async () => {
  const listening = await answering(api, "mesh", () => ({ answer: { iperf: 5201, requests: 5202 } }));
  const measuring = await answering(edge, "mesh", () => ({ answer: measured }));
  const answer = await demand<SpeedAnswer>(control.local, "hostSpeed", ask(whole));
  assert.deepEqual(answer, { from: "edge-1", to: "api-1", seconds: 1, ...measured });
  const [serve] = listening.asked as { kind: string; host: string; token: string; forMs: number }[];
  const [run] = measuring.asked as { token: string }[];
  assert.deepEqual([serve!.kind, serve!.host, serve!.forMs], ["speedServe", "edge-1", 22_000]);
  assert.match(serve!.token, /^[0-9a-f]{32}$/);
  const ports = { iperf: 5201, requests: 5202 };
  assert.deepEqual(run, { kind: "speedRun", host: "api-1", token: serve!.token, ports, seconds: 1, outside: false });
  const { entries } = await demand<AuditAnswer>(control.local, "audit");
  const entry = entries.find(({ action }) => action === "host.speed");
  assert.deepEqual([entry?.subject, entry?.details], ["edge-1", { to: "api-1", seconds: 1, outside: false }]);
  listening.close();
  measuring.close();
});

test("a host that is away or will not is told as such, and the other is not asked then", async () => {
  const measuring = await answering(edge, "mesh", () => ({ answer: measured }));
  assert.match(
    (await refused(control.local, "hostSpeed", ask(whole))).detail,
    /api-1 does not measure: it is not connected/,
  );
  const listening = await answering(api, "mesh", () => ({
    error: "iperf3 is not installed there: apt install iperf3",
  }));
  assert.match((await refused(control.local, "hostSpeed", ask(whole))).detail, /apt install iperf3/);
  assert.deepEqual(measuring.asked, []);
  listening.close();
  measuring.close();
});

test("seconds are bounded, a host is not measured with itself, and only administrators ask", async () => {
  for (const seconds of [0, 16, 1.5])
    assert.equal((await refused(control.local, "hostSpeed", ask({ ...whole, seconds }))).code, "invalidRequest");
  assert.equal((await refused(control.local, "hostSpeed", ask({ ...whole, to: "edge-1" }))).code, "invalidRequest");
  assert.equal((await refused(control.local, "hostSpeed", ask({ ...whole, to: "nobody" }))).code, "notFound");
  assert.equal((await refused(control.stranger, "hostSpeed", ask(whole))).status, 401);
});
