import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamListener, StreamObject, StreamService } from "../wire/edge.ts";
import type { Drain } from "../wire/edge-state.ts";
import { endsOf } from "./stream-ends.ts";

const target = (name: string, address: string, port = 5432) => ({ name, address, port });
const [one, two] = [target("db-1", "10.0.0.1"), target("db-2", "fd00::2")];
const service = (targets: StreamService["targets"], drained?: StreamService["targets"]): StreamService => ({
  ...{ targets, balance: "roundRobin", errors: 1, cooldownMs: 1 },
  ...(drained && { drained }),
});
const ends = (services: StreamObject["services"], ...drains: readonly Drain[]) =>
  endsOf({ listeners: [], services }, drains).ends;
const host: Drain = { kind: "host", name: "db-1", endMs: 1000 };

test("connections to what is drained end at the drain's deadline, those to other targets do not", () => {
  assert.deepEqual(ends({ db: service([one, two]) }), []);
  assert.deepEqual(ends({ db: service([two], [one]) }, host, { kind: "route", name: "db", endMs: 1 }), [
    { address: "10.0.0.1", port: 5432, endMs: 1000 },
  ]);
  assert.deepEqual(
    ends({ db: service([], [one, two]), other: service([]) }, { kind: "service", name: "db", endMs: 2000 }, host),
    [
      { address: "10.0.0.1", port: 5432, endMs: 1000 },
      { address: "fd00::2", port: 5432, endMs: 2000 },
    ],
  );
});

test("a target that several services have ends with the last of them, and not while one goes on", () => {
  const drained: Drain = { kind: "service", name: "db", endMs: 3000 };
  assert.deepEqual(ends({ db: service([], [one]), also: service([one]) }, drained), []);
  assert.deepEqual(ends({ also: service([one]), db: service([], [one]) }, drained), []);
  assert.deepEqual(
    ends({ db: service([], [one]), also: service([], [one]) }, drained, { kind: "service", name: "also", endMs: 5000 }),
    [{ address: "10.0.0.1", port: 5432, endMs: 5000 }],
  );
  assert.deepEqual(ends({ db: service([], [one]), also: service([target("db-1", "10.0.0.1", 6379)]) }, drained), [
    { address: "10.0.0.1", port: 5432, endMs: 3000 },
  ]);
});

const limits = { connections: 10, connectionsPerClient: 5, connectMs: 100, idleMs: 1000, proxyProtocol: false };
const listener = (port: number, to: StreamListener["to"], change: Partial<StreamListener> = {}): StreamListener => ({
  ...{ name: `at-${port}`, port, to },
  ...limits,
  ...change,
});

test("where another service goes on to the same target, what came to a listener of the drained one alone ends", () => {
  const services = { db: service([], [one]), also: service([one]) };
  const drain: Drain = { kind: "service", name: "db", endMs: 3000 };
  const names = (name: string, service: string) => ({ names: [name], service });
  const listeners = [
    listener(1000, "db"),
    listener(1001, "also"),
    listener(1002, [names("a.test", "db"), names("b.test", "also")]),
    listener(1003, [names("a.test", "db")]),
    listener(443, [names("c.test", "db")], { https: true }),
  ];
  const ended = endsOf({ listeners, services }, [drain]);
  assert.deepEqual(ended, {
    ends: [],
    listeners: [
      { port: 1000, endMs: 3000 },
      { port: 1003, endMs: 3000 },
    ],
  });
  const later: Drain = { kind: "service", name: "also", endMs: 5000 };
  const both = { db: service([], [one]), also: service([], [one]) };
  assert.deepEqual(endsOf({ listeners: listeners.slice(0, 2), services: both }, [drain, later]), {
    ends: [{ address: "10.0.0.1", port: 5432, endMs: 5000 }],
    listeners: [{ port: 1000, endMs: 3000 }],
  });
});

test("connections to a target that nobody shares are told by it alone", () => {
  const drain: Drain = { kind: "service", name: "db", endMs: 3000 };
  const { listeners } = endsOf({ listeners: [listener(1000, "db")], services: { db: service([], [one]) } }, [drain]);
  assert.deepEqual(listeners, []);
});
