import assert from "node:assert/strict";
import { test } from "node:test";
import type { TracedCase } from "../../../test/gateway/traced.ts";
import { runBoth } from "../../../test/lua/both.ts";
import type { WhyReport } from "../../wire/why.ts";

const well = { ejectedUntilMs: 0 };
const targets = [
  { name: "a", ...well },
  { name: "b", ...well, ejectedUntilMs: 1_900 },
  { name: "c", ...well, downReason: "status 503" },
  { name: "d", ...well },
  { name: "e", ...well },
];
const usual: TracedCase = {
  targets,
  pool: [0, 4],
  healthy: [0, 3, 4],
  tries: [[0, "answered", 1_005, 1_030]],
  from: 0,
  steps: ["jwt", "rateLimit"],
  answerSteps: ["responseHeaders"],
  micros: [3, 2],
  answerMicros: [1],
  request: {
    ...{ id: "0123456789ab-7", method: "GET", host: "api.test", path: "/orders", startMs: 1_000 },
    ...{ refusedBy: "", answeredBy: "", reason: "stale", endedFor: "" },
  },
  ending: { status: 200, nowMs: 1_040, atMs: 1_700_000_000_040 },
};

async function reportsOf(...changes: readonly Partial<TracedCase>[]): Promise<WhyReport[]> {
  const calls = changes.map((change) => ({ module: "traced", name: "report", args: [{ ...usual, ...change }] }));
  return (await runBoth(calls)) as WhyReport[];
}

test("a request of the sample: its plugins with their times, its target, and why not each of the others", async () => {
  const [report] = await reportsOf({});
  assert.deepEqual(report, {
    id: "0123456789ab-7",
    atMs: 1_700_000_000_040,
    keptAs: "sample",
    method: "GET",
    host: "api.test",
    path: "/orders",
    status: 200,
    totalMs: 40,
    route: "r",
    service: "app",
    steps: [
      { plugin: "jwt", phase: "request", decision: "passed", micros: 3 },
      { plugin: "rateLimit", phase: "request", decision: "passed", micros: 2 },
      { plugin: "responseHeaders", phase: "answer", decision: "passed", micros: 1 },
    ],
    tries: [
      {
        target: "a",
        chosenBy: "roundRobin",
        startMs: 5,
        ms: 25,
        outcome: "answered",
        isFailOpen: false,
        passedOver: [
          { target: "b", reason: "ejected", detail: "for 895 ms more" },
          { target: "c", reason: "down", detail: "status 503" },
          { target: "d", reason: "farther" },
          { target: "e", reason: "another" },
        ],
      },
    ],
  });
});

test("a request whose first try failed has all of its tries, though it was not in the sample", async () => {
  const tries: TracedCase["tries"] = [
    [0, "failed", 1_005, 1_010],
    [4, "answered", 1_010, 1_050],
  ];
  const [report] = await reportsOf({ tries, from: 1, micros: [], answerMicros: [] });
  assert.equal(report!.keptAs, "failure");
  assert.deepEqual(
    report!.tries!.map(({ target, chosenBy, startMs, ms, outcome }) => [target, chosenBy, startMs, ms, outcome]),
    [
      ["a", "roundRobin", 5, 5, "failed"],
      ["e", "retry", 10, 40, "answered"],
    ],
  );
  assert.deepEqual(report!.tries![1]!.passedOver![0], { target: "a", reason: "tried" });
  assert.ok(report!.steps!.every(({ decision, micros }) => decision === "passed" && micros === undefined));
});

test("what comes after the plugin that refused did not run, timed or not", async () => {
  const request = { ...usual.request, refusedBy: "jwt", reason: "expired" };
  const refused = { request, tries: [], ending: { ...usual.ending, status: 401 } };
  const reports = await reportsOf(
    { ...refused, micros: [9], answerMicros: [] },
    { ...refused, micros: [], answerMicros: [] },
  );
  for (const { keptAs, refusedBy, reason, steps } of reports) {
    assert.deepEqual([keptAs, refusedBy, reason], ["failure", "jwt", "expired"]);
    assert.deepEqual(
      steps!.slice(0, 2).map(({ decision }) => decision),
      ["refused", "notRun"],
    );
  }
  assert.equal(reports[0]!.steps![0]!.micros, 9);
});

test("a plugin that answers by itself has that for its decision, and what comes after it did not run", async () => {
  const request = { ...usual.request, answeredBy: "jwt" };
  const [report] = await reportsOf({ request, tries: [], micros: [9] });
  assert.deepEqual([report!.keptAs, report!.refusedBy, report!.reason], ["sample", undefined, undefined]);
  assert.deepEqual(
    report!.steps!.map(({ decision, micros }) => [decision, micros]),
    [
      ["answered", 9],
      ["notRun", undefined],
      ["passed", 1],
    ],
  );
});

test("long texts are cut, and of many targets and tries the first are told", async () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `t${index}`, ...well }));
  const request = { ...usual.request, method: "M".repeat(100), host: "h".repeat(400), path: `/${"p".repeat(4_000)}` };
  const tries = many.slice(0, 12).map((_, index) => [index, "failed", 1_000 + index, 1_001 + index] as const);
  const [report] = await reportsOf({ targets: many, request, tries, pool: [], healthy: [] });
  assert.deepEqual([report!.method.length, report!.host.length, report!.path.length], [32, 255, 512]);
  assert.equal(report!.tries!.length, 8);
  assert.deepEqual([report!.tries![7]!.ms, report!.tries![7]!.isFailOpen], [1, true]);
  for (const { passedOver, others } of report!.tries!) assert.deepEqual([passedOver!.length, others], [8, 21]);
});
