// Streams that hosts open while control is still finding out what they should hold.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { digestOf, type Objects } from "../wire/objects.ts";
import type { StreamMessage } from "../wire/stream.ts";
import { type Desired, nothingDesired, nothingState } from "./desired.ts";
import { createStatuses } from "./statuses.ts";
import { createStreams } from "./streams.ts";

const stateOf = (objects: Objects) => ({ objects, digest: digestOf(objects) });

function control() {
  let desired: Desired = nothingDesired;
  const statuses = createStatuses(systemClock);
  const streams = createStreams({ desired: () => desired, statuses, clock: systemClock, log: silentLog });
  return {
    statuses,
    streams,
    compiled(revision: number, mesh: Objects) {
      const hosts = new Map([["a", { mesh: stateOf(mesh), edge: nothingState }]]);
      desired = { revision, hosts, warnings: [] };
      streams.sync();
    },
  };
}

/** Resolves once the connection has nothing left to take. */
async function taken(outgoing: PassThrough): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
  assert.equal(outgoing.writableLength, 0);
}

/** What came by a connection so far. */
function messagesOf(outgoing: PassThrough): readonly StreamMessage[] {
  let text = "";
  for (let chunk = outgoing.read(); chunk !== null; chunk = outgoing.read()) text += chunk;
  const lines = text.split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as StreamMessage);
}

test("a host that comes before control knows what it should hold is told nothing of it, and then that it holds it", () => {
  const { statuses, streams, compiled } = control();
  const held = { host: "{}" };
  const outgoing = new PassThrough();
  streams.open("a", "mesh", digestOf(held), outgoing);
  streams.sync();
  assert.deepEqual(messagesOf(outgoing), []);
  assert.deepEqual(statuses.of("a").streams, ["mesh"]);
  assert.equal(streams.told("a", "mesh"), undefined);
  compiled(7, held);
  assert.deepEqual(
    messagesOf(outgoing).map(({ type }) => type),
    ["hello"],
  );
  assert.equal(streams.told("a", "mesh")?.revision, 7);
});

test("a host that came early and holds something else gets the whole of what it should hold, then what changes", async () => {
  const { streams, compiled } = control();
  const outgoing = new PassThrough();
  streams.open("a", "mesh", digestOf({ host: "old" }), outgoing);
  compiled(7, { host: "{}" });
  await taken(outgoing);
  const [hello, snapshot] = messagesOf(outgoing);
  assert.equal(hello?.type, "hello");
  assert.deepEqual(snapshot?.type === "snapshot" && snapshot.objects, { host: "{}" });
  compiled(8, { host: "{}", other: "1" });
  const [delta] = messagesOf(outgoing);
  assert.deepEqual(delta?.type === "delta" && [delta.from, delta.to, delta.upserts], [7, 8, { other: "1" }]);
});

test("where nothing can be compiled at all, hosts are not told that they should hold nothing", () => {
  const { streams } = control();
  const outgoing = new PassThrough();
  streams.open("a", "mesh", digestOf({ host: "{}" }), outgoing);
  streams.sync();
  assert.deepEqual(messagesOf(outgoing), []);
});
