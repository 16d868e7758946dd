import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Door } from "../../lib/http.ts";
import type { WhyAnswer } from "../../wire/api.ts";
import type { WhyReport } from "../../wire/why.ts";
import { answering, ask, demand, refused, smallFile, startTestControl, type TestControl } from "../harness.ts";

const report: WhyReport = {
  ...{ id: "0123456789ab-7", atMs: 5, keptAs: "failure", method: "GET", host: "api.test", path: "/a", status: 503 },
  ...{ totalMs: 3, route: "r", service: "s", refusedBy: "balancer", reason: "noTarget" },
};

let control: TestControl;
let doors: Record<string, Door>;
before(async () => {
  control = await startTestControl();
  await control.apply(smallFile);
  doors = { "edge-1": await control.join("edge-1"), "api-1": await control.join("api-1") };
});
after(() => control.close());

const why = (query: Record<string, string> = {}) => demand<WhyAnswer>(control.local, "why", { query });

test("without an edge there is nobody to ask", async () => {
  assert.equal((await refused(control.local, "why")).code, "notRunning");
  assert.deepEqual((await why({ edge: "edge-1" })).silent, [{ edge: "edge-1", reason: "it is not connected" }]);
});

test("what edges tell comes with their names, newest first", async () => {
  const one = await answering(doors["edge-1"]!, "edge", () => ({ answer: [report] }));
  const two = await answering(doors["api-1"]!, "edge", () => ({ answer: [{ ...report, atMs: 9 }] }));
  const { reports, silent } = await why({ request: report.id });
  assert.deepEqual(silent, []);
  assert.deepEqual(reports, [
    { ...report, atMs: 9, edge: "api-1" },
    { ...report, edge: "edge-1" },
  ]);
  assert.deepEqual(one.asked, [{ kind: "why", request: report.id }]);
  assert.equal((await why({ edge: "edge-1" })).reports.length, 1);
  one.close();
  two.close();
});

test("words of a newer edge are told as they are", async () => {
  const step = { plugin: "auction", phase: "body", decision: "sold" };
  const passedOver = [{ target: "b", reason: "tired" }];
  const attempt = {
    target: "a",
    chosenBy: "dice",
    startMs: 1,
    ms: 2,
    outcome: "shrugged",
    isFailOpen: false,
    passedOver,
  };
  const newer = { ...report, keptAs: "souvenir", steps: [step], tries: [attempt], isCut: true };
  const one = await answering(doors["edge-1"]!, "edge", () => ({ answer: [{ ...newer, later: { more: 1 } }] }));
  assert.deepEqual(await why({ edge: "edge-1" }), { reports: [{ ...newer, edge: "edge-1" }], silent: [] });
  one.close();
});

test("an answer that is none, or an error, is told as such", async () => {
  for (const [answer, reason] of [
    [{ error: "nginx does not answer" }, /nginx does not answer/],
    [{ answer: [{ ...report, keptAs: 5 }] }, /cannot be read/],
    [{}, /cannot be read/],
  ] as const) {
    const one = await answering(doors["edge-1"]!, "edge", () => answer);
    const { reports, silent } = await why({ edge: "edge-1" });
    assert.deepEqual([reports.length, silent.length], [0, 1]);
    assert.match(silent[0]!.reason, reason);
    one.close();
  }
});

test("only an administrator may ask, and only for what can be an id", async () => {
  assert.equal((await refused(control.stranger, "why")).status, 401);
  assert.equal((await refused(doors["edge-1"]!, "why")).status, 403);
  assert.equal((await ask(control.stranger, "selfAnswer", { body: { id: 1 } })).status, 401);
  for (const request of ["", "../state", "0123456789ab-0", `0123456789ab-${"9".repeat(30)}`]) {
    assert.equal((await refused(control.local, "why", { query: { request } })).code, "invalidRequest");
  }
});
