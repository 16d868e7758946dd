import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeStatus, type StatusFacts } from "./status.ts";

const service = (name: string, targets: readonly string[]) =>
  JSON.stringify({ name, targets: targets.map((target) => ({ name: target, address: "10.0.0.1", port: 80 })) });
const facts: StatusFacts = {
  keeper: { configError: () => undefined },
  snapshots: { revision: () => 5, error: () => undefined, warnings: () => [] },
  polled: {
    rates: () => ({ requestsPerSecond: 3, errorsPerSecond: 1 }),
    ejected: () => [{ service: "b", target: "two", untilMs: 9 }],
  },
  found: { recorded: 7, master: 7, workers: [8, 9], leaving: [] },
  objects: { "route/x": "{}", "service/a": service("a", ["one"]), "service/b": service("b", ["one", "two"]) },
  isEdge: true,
  isRemoved: false,
  lacksBrotli: false,
  failures: {},
  nowMs: 11,
};

test("a status says what runs, what is in force, and which targets are left out, those first", () => {
  const status = edgeStatus(facts);
  assert.deepEqual(status.nginx, { running: true, workers: 2 });
  assert.equal(status.revision, 5);
  assert.equal(status.requestsPerSecond, 3);
  assert.deepEqual(status.targets, [
    { service: "b", target: "two", ejected: true },
    { service: "a", target: "one", ejected: false },
    { service: "b", target: "one", ejected: false },
  ]);
  assert.deepEqual(status.warnings, []);
});

test("a status has the reasons of refusals, and a warning for each thing that a person should know", () => {
  const codes = (change: Partial<StatusFacts>) => edgeStatus({ ...facts, ...change }).warnings?.map(({ code }) => code);
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
  assert.deepEqual(codes({ failures: { save: "no space left" } }), ["edgeFailed"]);
});
