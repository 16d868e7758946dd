import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";
import type { WhyReport } from "../../wire/why.ts";
import { type BriefReport, leastDetail } from "./brief.ts";

const attempt = { chosenBy: "roundRobin", startMs: 1, ms: 2, outcome: "answered", isFailOpen: false } as const;
const report: WhyReport = {
  id: "0123456789ab-7",
  atMs: 1_700_000_000_000,
  keptAs: "sample",
  method: "GET",
  host: "api.test",
  path: "/orders",
  status: 200,
  totalMs: 5,
  route: "orders",
  service: "app",
  steps: [
    { plugin: "jwt", phase: "request", decision: "passed", micros: 12.3456 },
    { plugin: "rateLimit", phase: "request", decision: "notRun" },
  ],
  tries: [{ target: "a", ...attempt, passedOver: [{ target: "b", reason: "down", detail: "status 503" }], others: 3 }],
};

const brief = async (...given: readonly (readonly [WhyReport, number])[]) =>
  (await runBoth(given.map((args) => ({ module: "gateway.why.brief", name: "briefReport", args })))) as BriefReport[];

test("all of a report but what the client knows itself, times to a tenth of a microsecond", async () => {
  const [told] = await brief([report, 0]);
  assert.deepEqual(told, {
    status: 200,
    ms: 5,
    route: "orders",
    service: "app",
    steps: [
      { plugin: "jwt", phase: "request", decision: "passed", micros: 12.3 },
      { plugin: "rateLimit", phase: "request", decision: "notRun" },
    ],
    tries: report.tries,
  });
});

test("with less detail what is left out is counted, and the answer says that it is cut", async () => {
  const refused = report.steps!.map((step) => ({ ...step, decision: "refused" as const }));
  const [one, two, least] = await brief(
    [report, 1],
    [{ ...report, refusedBy: "jwt", reason: "expired", steps: [...report.steps!, refused[0]!] }, 2],
    [report, leastDetail],
  );
  assert.deepEqual([one!.tries, one!.steps!.length, one!.isCut], [[{ target: "a", ...attempt, others: 4 }], 2, true]);
  assert.deepEqual([two!.refusedBy, two!.reason, two!.steps!.length], ["jwt", "expired", 1]);
  assert.deepEqual(least, { status: 200, ms: 5, route: "orders", service: "app", isCut: true });
});

test("a report that is too long to be kept loses what was passed over, then what only passed, then all but the outcome", async () => {
  const long = { ...report, host: "h".repeat(255), path: `/${"p".repeat(511)}` };
  const details = [1, 2, leastDetail].map((detail) => ({
    module: "gateway.why.brief",
    name: "cutReport",
    args: [long, detail],
  }));
  const [one, two, least] = (await runBoth(details)) as WhyReport[];
  const { steps, tries, ...rest } = long;
  assert.deepEqual([one!.tries, one!.steps!.length], [[{ target: "a", ...attempt, others: 4 }], 2]);
  assert.deepEqual([two!.path, two!.steps, two!.tries?.length], [long.path, undefined, 1]);
  assert.deepEqual(least, { ...rest, host: "h".repeat(128), path: `/${"p".repeat(127)}`, isCut: true });
});
