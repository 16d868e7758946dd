import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import type { Clock } from "../lib/clock.ts";
import { openLines } from "../lib/http.ts";
import { silentLog } from "../lib/log.ts";
import type { StreamMessage } from "../wire/stream.ts";
import type { Desired, HostState } from "./desired.ts";
import { createStatuses } from "./statuses.ts";
import { createStreams } from "./streams.ts";

/** A clock whose sleepers wake when the test says so. */
function handClock() {
  let wake: () => void = () => {};
  const sleep = () => new Promise<void>((resolve) => (wake = resolve));
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep };
  const tick = async () => {
    wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, tick };
}

const many = 512;
const large = "x".repeat(64 * 1024);
/** More than the kernel takes in for both ends. */
const stateOf = (version: number): HostState => ({
  objects: Object.fromEntries(Array.from({ length: many }, (_, index) => [`object-${index}`, `${version} ${large}`])),
  digest: String(version),
});
const mostWaitingBytes = 512 * 1024;
const none: HostState = { objects: {}, digest: "0" };
const desiredOf = (revision: number, mesh: HostState): Desired => ({
  revision,
  hosts: new Map([["slow", { mesh, edge: none }]]),
  warnings: [],
});

test("a host that stops reading costs a piece of its state in memory, however long that is and however much changes, and is dropped", async () => {
  const { clock, tick } = handClock();
  const statuses = createStatuses(clock);
  let desired = desiredOf(1, stateOf(1));
  const streams = createStreams({ desired: () => desired, statuses, clock, log: silentLog });
  const stop = new AbortController();
  const pings = streams.keepWarm(stop.signal);

  let waitingBytes = () => 0;
  const server = createServer((_, outgoing) => {
    waitingBytes = () => outgoing.writableLength;
    streams.open("slow", "mesh", undefined, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const gone = new Promise((resolve) => client.on("error", () => {}).on("close", resolve));
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((resolve) => client.once("readable", resolve)); // and reads nothing of it

  const before = waitingBytes();
  assert.ok(before > 0 && before < mostWaitingBytes, `${before} bytes wait`);
  for (let version = 2; version < 20; version++) {
    desired = desiredOf(version, stateOf(version));
    streams.sync();
  }
  assert.ok(waitingBytes() <= before, "nothing more was queued");
  assert.deepEqual(statuses.of("slow").streams, ["mesh"]);
  for (let i = 0; i < 20 && statuses.of("slow").streams.length > 0; i++) await tick();
  assert.deepEqual(statuses.of("slow").streams, []);

  client.destroy();
  await gone;
  server.close();
  stop.abort();
  await tick();
  await pings;
});

test("a host that reads late gets its whole state, then the newest, and only that", async () => {
  const { clock } = handClock();
  const statuses = createStatuses(clock);
  let desired = desiredOf(1, stateOf(1));
  const streams = createStreams({ desired: () => desired, statuses, clock, log: silentLog });
  const server = createServer((_, outgoing) => void streams.open("slow", "mesh", undefined, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { lines, close } = await openLines({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: "/",
  });
  for (let version = 2; version < 5; version++) {
    desired = desiredOf(version, stateOf(version));
    streams.sync();
  }
  const types: string[] = [];
  for await (const line of lines) {
    const message = JSON.parse(line) as StreamMessage;
    types.push(message.type);
    if (message.type === "snapshot") assert.deepEqual(message.objects, stateOf(1).objects);
    if (message.type === "delta")
      assert.deepEqual([message.from, message.to, message.upserts], [1, 4, stateOf(4).objects]);
    if (message.type === "delta") close();
  }
  assert.deepEqual(types, ["hello", "snapshot", "delta"]);
  server.closeAllConnections();
  server.close();
});
