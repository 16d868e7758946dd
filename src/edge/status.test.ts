import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceObject } from "../wire/edge-service.ts";
import type { GatewayState } from "../wire/edge-state.ts";
import { edgeStatus, type StatusFacts } from "./status.ts";

const service = (name: string, targets: readonly string[]) =>
  ({
    name,
    targets: targets.map((target) => ({ name: target, address: "10.0.0.1", port: 80 })),
  }) as unknown as ServiceObject;
const state: GatewayState = {
  revision: 1,
  digest: "",
  workers: [],
  ejected: [{ service: "b", target: "two", untilMs: 9 }],
  down: [{ service: "c", target: "three", reason: "status 500" }],
  breakers: [
    { service: "a", state: "closed", active: 3 },
    { service: "b", state: "open", reason: "errors" },
  ],
};
const facts: StatusFacts = {
  keeper: { configError: () => undefined },
  snapshots: { revision: () => 5, error: () => undefined, warnings: () => [] },
  names: { warnings: () => [] },
  trusts: { warnings: () => [] },
  polled: {
    rates: () => ({ requestsPerSecond: 3, errorsPerSecond: 1, givenUpPerSecond: 2, floodsPerSecond: 0.5 }),
    state: () => state,
  },
  found: { recorded: 7, master: 7, workers: [8, 9], leaving: [] },
  services: [service("a", ["one"]), service("b", ["one", "two"]), service("c", ["three", "four"])],
  isEdge: true,
  isRemoved: false,
  lacksBrotli: false,
  listenersError: undefined,
  open: { listeners: () => [], to: () => undefined, leftOf: () => 0 },
  failures: {},
  nowMs: 11,
};

test("a status says what old workers have left, and what is left of drains", () => {
  const drains = [{ kind: "route" as const, name: "x", endMs: 20, requests: 3 }];
  const state = { revision: 5, digest: "d", workers: [], ejected: [], drains };
  const told = (leaving: readonly { pid: number; requests: number }[]) =>
    edgeStatus({
      ...facts,
      found: { ...facts.found, leaving: [6, 7, 8] },
      polled: { ...facts.polled, state: () => ({ ...state, leaving }) },
    });
  const { nginx, drains: shown } = told([
    { pid: 6, requests: 2 },
    { pid: 7, requests: 0 },
    { pid: 99, requests: 5 },
  ]);
  assert.deepEqual([nginx.leaving, shown], [{ workers: 1, requests: 2 }, drains]);
  assert.equal(told([]).nginx.leaving, undefined);
});

test("a status says what runs, what is in force, and which targets are left out, those first", () => {
  const status = edgeStatus(facts);
  assert.deepEqual(status.nginx, { running: true, workers: 2 });
  assert.equal(status.revision, 5);
  assert.equal(status.requestsPerSecond, 3);
  assert.deepEqual([status.givenUpPerSecond, status.floodsPerSecond], [2, 0.5]);
  assert.deepEqual(status.targets, [
    { service: "b", target: "two", ejected: true },
    { service: "c", target: "three", ejected: false, down: "status 500" },
    { service: "a", target: "one", ejected: false },
    { service: "b", target: "one", ejected: false },
    { service: "c", target: "four", ejected: false },
  ]);
  assert.deepEqual(status.breakers, [
    { service: "b", state: "open", reason: "errors" },
    { service: "a", state: "closed", active: 3 },
  ]);
});

test("a status says how many connections listeners have open, and to which targets", () => {
  const listener = { name: "db", port: 5432, services: ["b"], connections: 3 };
  const open = {
    listeners: () => [listener],
    to: (service: string) => (service === "b" ? 2 : undefined),
    leftOf: () => 0,
  };
  const status = edgeStatus({ ...facts, open });
  assert.deepEqual(status.listeners, [listener]);
  assert.deepEqual(
    status.targets.map(({ service, connections }) => `${service} ${connections}`),
    ["b 2", "c undefined", "a undefined", "b 2", "c undefined"],
  );
  assert.equal(edgeStatus(facts).listeners, undefined);
});

test("a status has the reasons of refusals, and a warning for each thing that a person should know", () => {
  const well: StatusFacts = { ...facts, polled: { ...facts.polled, state: () => undefined } };
  const codes = (change: Partial<StatusFacts>) => edgeStatus({ ...well, ...change }).warnings?.map(({ code }) => code);
  const refused = edgeStatus({
    ...facts,
    keeper: { configError: () => "no such file" },
    snapshots: { ...facts.snapshots, error: () => "bad route" },
    found: { recorded: 7, master: undefined, workers: [], leaving: [] },
  });
  assert.deepEqual(refused.nginx, { running: false, workers: 0, configError: "no such file" });
  assert.equal(refused.snapshotError, "bad route");
  assert.deepEqual(codes({ isEdge: false }), ["noEdgeRole"]);
  assert.deepEqual(codes({ isEdge: false, isRemoved: true }), ["hostRemoved"]);
  assert.deepEqual(codes({ lacksBrotli: true }), ["brotliMissing"]);
  assert.deepEqual(codes({ polled: facts.polled }), ["breakerOpen"]);
  assert.deepEqual(codes({ polled: facts.polled, services: [service("c", ["three"])] }), [
    "allTargetsOut",
    "breakerOpen",
  ]);
  assert.deepEqual(codes({ failures: { save: "no space left" } }), ["edgeFailed"]);
});
