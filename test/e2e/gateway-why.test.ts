// What nginx tells of requests that are over: each that failed, and a sample.
//
//   client ──http──▶ nginx (2 workers) ──▶ origins that answer, fail or are not there
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../src/lib/http.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import type { Objects } from "../../src/wire/objects.ts";
import type { WhyReport } from "../../src/wire/why.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { httpOrigin, type Origin, rawOrigin } from "./gateway-origins.ts";

const limit: PluginObject = {
  plugin: "rateLimit",
  config: { per: "route", intervalMicros: 3_600_000_000, burst: 1, tokens: 1, perMs: 3_600_000, id: "why" },
};
const header: PluginObject = { plugin: "requestHeaders", config: { set: [["X-Edge", "1"]], add: [], remove: [] } };
const answer: PluginObject = { plugin: "responseHeaders", config: { set: [["X-By", "1"]], add: [], remove: [] } };

describe("why", () => {
  let good: Origin;
  let broken: Origin;
  let gateway: Gateway;
  let objects: Objects;

  before(async () => {
    good = await httpOrigin((incoming, response) => response.writeHead(incoming.url === "/500" ? 500 : 200).end());
    broken = await rawOrigin((socket) => socket.destroy());
    const gone = await freePort();
    objects = {
      ...service("app", targetsAt(good.port)),
      ...service("torn", targetsAt(broken.port), { retries: 0 }),
      ...service("half", targetsAt(gone, good.port), { ejection: { errors: 1, cooldownMs: 60_000 } }),
      ...route("plain", {}, [header, answer]),
      ...route("limited", {}, [limit, header]),
      ...route("torn", { service: "torn" }),
      ...route("half", { service: "half" }),
      ...service(
        "long",
        Array.from({ length: 12 }, (_, index) => ({
          name: `${index}${"x".repeat(250)}`,
          address: "127.0.0.1",
          port: gone,
        })),
        { retries: 8 },
      ),
      ...route("long", { service: "long" }, [header]),
      ...route("fixed", { respond: { status: 503, headers: [], body: "later" } }, [header, answer]),
      "why/settings": JSON.stringify({ samplePercent: 0 }),
    };
    gateway = await startGateway({ objects });
  });
  after(async () => {
    await gateway.stop();
    good.close();
    broken.close();
  });

  const ask = async (name: string, path = "/", headers: Record<string, string> = {}) => {
    const { status, headers: got } = await request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path,
      headers: { host: `${name}.test`, ...headers },
    });
    return { status, id: got["x-request-id"] as string };
  };
  const find = async (id: string): Promise<WhyReport | undefined> => {
    const { status, body } = await gateway.ask(`/why?id=${id}`);
    return status === 200 ? (JSON.parse(body) as WhyReport) : undefined;
  };
  const reportOf = async (id: string): Promise<WhyReport> => {
    await waitFor(async () => (await find(id)) !== undefined, { what: `a report of ${id}` });
    return (await find(id))!;
  };

  test("a refused request tells which plugin refused it, why, and what did not run", async () => {
    assert.equal((await ask("limited")).status, 200);
    const { status, id } = await ask("limited", "/orders?key=secret", {
      authorization: "Bearer secret",
      cookie: "a=secret",
    });
    assert.equal(status, 429);
    const report = await reportOf(id);
    assert.equal(report.keptAs, "failure");
    assert.deepEqual(
      [report.route, report.service, report.refusedBy, report.reason],
      ["limited", "app", "rateLimit", "exceeded"],
    );
    assert.deepEqual([report.method, report.host, report.path, report.status], ["GET", "limited.test", "/orders", 429]);
    assert.deepEqual(
      report.steps!.map(({ plugin, decision }) => `${plugin} ${decision}`),
      ["rateLimit refused", "requestHeaders notRun"],
    );
    assert.doesNotMatch(JSON.stringify(report), /secret/);
  });

  test("a request that no route takes, or whose path is refused, is told without another's path", async () => {
    await ask("plain", "/private-of-another");
    const nowhere = await ask("nowhere", "/x");
    const unclear = await ask("plain", "/a%2Fb");
    const [one, two] = [await reportOf(nowhere.id), await reportOf(unclear.id)];
    assert.deepEqual(
      [one.status, one.method, one.path, one.refusedBy, one.reason],
      [404, "GET", "/x", "router", "noRoute"],
    );
    assert.deepEqual([two.status, two.method, two.path, two.refusedBy], [400, "GET", "", "path"]);
  });

  test("a target that fails is told, and of a retried request each try, the targets passed over and why", async () => {
    const torn = await ask("torn");
    assert.equal(torn.status, 502);
    const report = await reportOf(torn.id);
    assert.deepEqual(
      report.tries!.map(({ target, chosenBy, outcome }) => [target, chosenBy, outcome]),
      [["t1", "roundRobin", "failed"]],
    );
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { status, id } = await ask("half");
      assert.equal(status, 200);
      ids.push(id);
    }
    let retried: WhyReport | undefined;
    await waitFor(
      async () => {
        for (const id of ids) retried ??= await find(id);
        return retried !== undefined;
      },
      { what: "a report of the request that was tried again" },
    );
    const { tries, keptAs } = retried!;
    assert.equal(keptAs, "failure");
    assert.deepEqual(
      tries!.map(({ target, chosenBy, outcome }) => [target, chosenBy, outcome]),
      [
        ["t1", "roundRobin", "failed"],
        ["t2", "retry", "answered"],
      ],
    );
    assert.deepEqual(tries![0]!.passedOver, [{ target: "t2", reason: "another" }]);
    assert.deepEqual(tries![1]!.passedOver, [{ target: "t1", reason: "tried" }]);
  });

  test("a report that would be too long is kept without what was passed over, and says that it is cut", async () => {
    const { status, id } = await ask("long");
    assert.equal(status, 502);
    const { isCut, tries = [], steps, refusedBy, route } = await reportOf(id);
    assert.deepEqual([isCut, route, steps?.length, refusedBy], [true, "long", 1, undefined]);
    assert.ok(tries.length > 3);
    for (const { passedOver, others } of tries) assert.deepEqual([passedOver, others], [undefined, 11]);
  });

  test("an error that the target itself answers is told as answered", async () => {
    const { id } = await ask("plain", "/500");
    const report = await reportOf(id);
    assert.deepEqual([report.status, report.tries![0]!.outcome, report.refusedBy], [500, "answered", undefined]);
    assert.deepEqual(
      report.steps!.map(({ plugin, phase, decision }) => `${phase} ${plugin} ${decision}`),
      ["request requestHeaders passed", "answer responseHeaders passed"],
    );
  });

  test("what a route answers by itself is that plugin's decision", async () => {
    const { status, id } = await ask("fixed");
    assert.equal(status, 503);
    const report = await reportOf(id);
    assert.deepEqual([report.refusedBy, report.tries], [undefined, undefined]);
    assert.deepEqual(
      report.steps!.map(({ plugin, phase, decision }) => `${phase} ${plugin} ${decision}`),
      ["request requestHeaders passed", "request respond answered", "answer responseHeaders passed"],
    );
  });

  test("of the sample, here all of them, each plugin has its time, and the settings are in force without a reload", async () => {
    assert.equal(await find((await ask("plain")).id), undefined);
    assert.equal(
      (await gateway.push({ ...objects, "why/settings": JSON.stringify({ samplePercent: 100 }) })).status,
      200,
    );
    let report: WhyReport | undefined;
    await waitFor(
      async () => {
        report = await find((await ask("plain", "/sampled?q=secret")).id);
        return report !== undefined;
      },
      { what: "a report of a request in the sample" },
    );
    const { keptAs, status, path, steps, tries } = report!;
    assert.deepEqual([keptAs, status, path, tries![0]!.outcome], ["sample", 200, "/sampled", "answered"]);
    assert.equal(tries![0]!.passedOver, undefined);
    for (const { micros } of steps!) assert.ok(micros! >= 0 && micros! < 1_000_000);
    assert.equal(steps!.length, 2);
  });

  test("the last failures are listed, newest first", async () => {
    const { id } = await ask("torn");
    await reportOf(id);
    const last = JSON.parse((await gateway.ask("/why")).body) as WhyReport[];
    assert.equal(last[0]!.id, id);
    assert.ok(last.every(({ keptAs }) => keptAs === "failure"));
    assert.equal((await gateway.ask("/why?id=0123456789ab-1")).status, 404);
  });
});
