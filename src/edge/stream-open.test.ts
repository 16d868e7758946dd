import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamObject } from "../wire/edge.ts";
import { streamOpen } from "./stream-open.ts";
import { streamReader } from "./stream-services.ts";

const limits = { connections: 10, connectionsPerClient: 5, connectMs: 100, idleMs: 1000, proxyProtocol: false };
const to = ["a.test", "b.test"].map((name) => ({ names: [name], service: "db" }));
const stream: StreamObject = {
  listeners: [{ name: "raw", port: 6000, to, ...limits }],
  services: {
    db: {
      targets: [{ name: "db-1", address: "10.0.0.1", port: 5432 }],
      balance: "roundRobin",
      errors: 1,
      cooldownMs: 1,
    },
  },
  accessLog: true,
  tuning: {},
};

function setUp() {
  let now = 0;
  let text: string | undefined = JSON.stringify(stream);
  const read = streamReader();
  const known = () => read(text === undefined ? {} : { stream: text });
  const counted: number[] = [];
  const open = streamOpen(known, { monotonic: () => now }, async ({ ports, targets }) => {
    counted.push(...ports, ...targets.map(({ port }) => port));
    now += 40;
    return { at: (port) => port / 1000, to: ({ port }) => port - 5430 };
  });
  return {
    open,
    counted,
    change(next: StreamObject) {
      text = JSON.stringify(next);
    },
    end() {
      text = undefined;
    },
  };
}

test("nothing is said before the first count", () => {
  const { open } = setUp();
  assert.deepEqual([open.listeners(), open.to("db", "db-1"), open.gauges()], [[], undefined, {}]);
});

test("listeners and targets are counted, a fiftieth of the time at most", async () => {
  const { open, counted } = setUp();
  assert.equal(await open.pass(), 2000);
  assert.deepEqual(counted, [6000, 5432]);
  assert.deepEqual(open.listeners(), [{ name: "raw", port: 6000, services: ["db"], connections: 6 }]);
  assert.deepEqual(
    [open.to("db", "db-1"), open.to("db", "gone"), open.to("constructor", "db-1")],
    [2, undefined, undefined],
  );
  assert.deepEqual(open.gauges(), {
    "portway_listener_open_connections|listener=raw": 6,
    "portway_listener_target_open_connections|service=db,target=db-1": 2,
  });
});

test("targets beyond 2,000 share one gauge", async () => {
  const { open, change } = setUp();
  const targets = Array.from({ length: 2_010 }, (_, i) => ({ name: `db-${i}`, address: "10.0.0.1", port: 5432 }));
  change({ ...stream, services: { db: { ...stream.services["db"]!, targets } } });
  await open.pass();
  const gauges = open.gauges();
  assert.equal(Object.keys(gauges).length, 2_002);
  assert.equal(gauges["portway_listener_target_open_connections|service=other,target=other"], 20);
});

test("without listeners nothing is read, and nothing said", async () => {
  const { open, counted, end } = setUp();
  await open.pass();
  counted.length = 0;
  end();
  assert.equal(await open.pass(), 60_000);
  assert.deepEqual([counted, open.listeners(), open.gauges()], [[], [], {}]);
});

test("what is left of a drain is counted at its targets, at the most what its listeners have; not before the first count of them", async () => {
  const { open, change } = setUp();
  const left = () =>
    (["host db-1", "host db-2", "service db", "service web", "route db"] as const).map((text) => {
      const [kind, name] = text.split(" ") as ["host", string];
      return open.leftOf({ kind, name });
    });
  await open.pass();
  assert.deepEqual(left(), [0, 0, 0, 0, 0]);
  const [one, two] = ["10.0.0.1", "10.0.0.2"].map((address, index) => ({
    name: `db-${index + 1}`,
    address,
    port: 5432,
  }));
  const db = stream.services["db"]!;
  change({ ...stream, services: { db: { ...db, targets: [], drained: [one!, two!] } } });
  assert.deepEqual(left(), [undefined, undefined, undefined, undefined, 0]);
  await open.pass();
  assert.deepEqual(left(), [2, 2, 4, 0, 0]);
  change({
    ...stream,
    listeners: [{ ...stream.listeners[0]!, port: 1000 }],
    services: { db: { ...db, drained: [one!] } },
  });
  await open.pass();
  assert.deepEqual(left(), [1, 0, 1, 0, 0]);
});
