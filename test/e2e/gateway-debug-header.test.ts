// Answers that tell what was decided: to clients that show a token of control's, and to nobody else.
//
//   client ──http──▶ nginx (2 workers) ──▶ origins that answer or are not there
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { signDebugToken } from "../../src/control/debug-tokens.ts";
import type { BriefReport } from "../../src/gateway/why/brief.ts";
import { request } from "../../src/lib/http.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import type { DebugKey, WhySettings } from "../../src/wire/edge-state.ts";
import type { Objects } from "../../src/wire/objects.ts";
import { freePort } from "../lab/free-port.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { describingOrigin, httpOrigin, type Origin, type Seen } from "./gateway-origins.ts";

const limit: PluginObject = {
  plugin: "rateLimit",
  config: { per: "route", intervalMicros: 3_600_000_000, burst: 1, tokens: 1, perMs: 3_600_000, id: "debug" },
};
const tellsTheTarget: PluginObject = {
  plugin: "requestHeaders",
  config: { set: [["X-Copy", [{ from: "header", name: "portway-debug" }]]], add: [], remove: [] },
};
const edits: readonly PluginObject[] = ["A", "B", "C"].map((name) => ({
  plugin: "responseHeaders",
  config: { set: [[`X-${name}`, "1"]], add: [], remove: [] },
}));

const newKey = (id: string, lastsMs = 600_000): DebugKey => ({
  id,
  secret: randomBytes(32).toString("base64"),
  untilMs: Date.now() + lastsMs,
});
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe("the header Portway-Why", () => {
  const first = newKey("0a");
  const second = newKey("0b");
  let good: Origin;
  let told: Origin;
  let objects: Objects;
  let gateway: Gateway;

  const settings = (...debugKeys: readonly DebugKey[]) => {
    const object: WhySettings = { samplePercent: 0, ...(debugKeys.length > 0 && { debugKeys }) };
    return { "why/settings": JSON.stringify(object) };
  };
  const sign = ({ id, secret }: DebugKey, name?: string, untilSeconds = inSeconds(60)) =>
    signDebugToken(secret, { key: id, untilSeconds, ...(name !== undefined && { route: name }) });

  const push = (keys: Objects) => gateway.push({ ...objects, ...keys });

  before(async () => {
    good = await describingOrigin("good");
    told = await httpOrigin((_, response) =>
      response
        .writeHead(200, {
          "portway-why": "of the target",
          "cache-control": "max-age=60",
          "cdn-cache-control": "max-age=60",
        })
        .end(),
    );
    const gone = await freePort();
    const many = Array.from({ length: 40 }, (_, index) => ({
      name: `http://target-with-a-long-name-${index}.example.com:8080`,
      address: "127.0.0.1",
      port: index === 39 ? good.port : gone,
    }));
    objects = {
      ...service("app", targetsAt(good.port)),
      ...service("told", targetsAt(told.port)),
      ...service("gone", targetsAt(gone), { retries: 0 }),
      ...service("half", targetsAt(gone, good.port), { ejection: { errors: 1, cooldownMs: 60_000 } }),
      ...service("many", many, { retries: 12 }),
      ...route("plain", {}, [tellsTheTarget, ...edits]),
      ...route("limited", {}, [limit]),
      ...route("told", { service: "told" }),
      ...route("gone", { service: "gone" }),
      ...route("half", { service: "half" }),
      ...route("many", { service: "many" }),
      ...route("fixed", { respond: { status: 200, headers: [], body: "here" } }),
    };
    gateway = await startGateway({ objects: { ...objects, ...settings(first) }, nginx: { accessLog: true } });
  });
  after(async () => {
    await gateway.stop();
    good.close();
    told.close();
  });

  const ask = async (name: string, token?: string, path = "/") => {
    const reply = await request({
      url: `http://127.0.0.1:${gateway.httpPort}`,
      path,
      headers: { host: `${name}.test`, ...(token !== undefined && { "portway-debug": token }) },
    });
    const text = reply.headers["portway-why"] as string | undefined;
    return { ...reply, text, why: text === undefined ? undefined : (JSON.parse(text) as BriefReport) };
  };

  test("tells route, plugins with their times, target and tries of the one who has a token for the route", async () => {
    const { status, why, headers, body } = await ask("plain", sign(first, "plain"));
    assert.equal(status, 200);
    assert.deepEqual([why!.status, why!.route, why!.service, why!.isCut], [200, "plain", "app", undefined]);
    assert.deepEqual(
      why!.steps!.map(({ plugin, decision, micros }) => [plugin, decision, micros! >= 0]),
      ["requestHeaders", "responseHeaders", "responseHeaders", "responseHeaders"].map((name) => [name, "passed", true]),
    );
    assert.deepEqual(
      why!.tries!.map(({ target, chosenBy, outcome }) => [target, chosenBy, outcome]),
      [["t1", "roundRobin", "answered"]],
    );
    assert.equal(headers["cache-control"], "no-store");
    const { headers: seen } = JSON.parse(body) as Seen;
    assert.deepEqual([seen["portway-debug"], seen["x-copy"]], [undefined, undefined]);
  });

  test("tells of what was refused, answered by the gateway, failed, or taken by no route", async () => {
    const token = sign(first);
    assert.equal((await ask("limited")).status, 200);
    const limited = (await ask("limited", token)).why!;
    assert.deepEqual([limited.status, limited.refusedBy, limited.reason], [429, "rateLimit", "exceeded"]);
    const nowhere = (await ask("nowhere", token)).why!;
    assert.deepEqual([nowhere.status, nowhere.refusedBy, nowhere.route], [404, "router", undefined]);
    const unclear = (await ask("plain", token, "/a%2Fb")).why!;
    assert.deepEqual([unclear.status, unclear.refusedBy], [400, "path"]);
    const fixed = (await ask("fixed", token)).why!;
    assert.deepEqual([fixed.steps!.map(({ decision }) => decision), fixed.tries], [["answered"], undefined]);
    const gone = (await ask("gone", token)).why!;
    assert.deepEqual([gone.status, gone.tries!.map(({ outcome }) => outcome)], [502, ["failed"]]);
    const tries: (readonly string[])[] = [];
    for (let i = 0; i < 2; i++) tries.push((await ask("half", token)).why!.tries!.map(({ outcome }) => outcome));
    assert.ok(
      tries.some((outcomes) => outcomes.join() === "failed,answered"),
      JSON.stringify(tries),
    );
  });

  test("is bounded: of many tries and targets the rest is counted, and said to be cut", async () => {
    const { text, why } = await ask("many", sign(first, "many"));
    assert.ok(text!.length <= 2048, `${text!.length}`);
    assert.equal(why!.isCut, true);
    assert.equal(why!.route, "many");
  });

  test("replaces what a target says under its name, and lets no cache keep the answer", async () => {
    const plain = await ask("told");
    assert.deepEqual([plain.text, plain.headers["cache-control"]], [undefined, "max-age=60"]);
    const { why, headers } = await ask("told", sign(first, "told"));
    assert.equal(why!.route, "told");
    assert.deepEqual([headers["cache-control"], headers["cdn-cache-control"]], ["no-store", undefined]);
  });

  test("is not there without a good token, and the request goes on as if it had none", async () => {
    const good = sign(first, "plain");
    const bad = {
      "another route's": sign(first, "told"),
      over: sign(first, "plain", inSeconds(-1)),
      "another key's": sign({ ...second, id: first.id }, "plain"),
      "an unknown key's": sign(second, "plain"),
      changed: good.replace(".plain.", ".-."),
      longer: good.replace(/\.(\d+)\./, (_, until) => `.${Number(until) + 1}.`),
      cut: good.slice(0, -1),
      "no token": "1",
      empty: "",
      huge: "x".repeat(3000),
    };
    for (const [what, token] of Object.entries(bad)) {
      const { status, text, headers, body } = await ask("plain", token);
      assert.deepEqual([status, text, headers["cache-control"]], [200, undefined, undefined], what);
      const { headers: seen } = JSON.parse(body) as Seen;
      assert.deepEqual([seen["portway-debug"], seen["x-copy"]], [undefined, undefined], what);
      assert.equal((await gateway.ask(`/why?id=${headers["x-request-id"]}`)).status, 404, what);
    }
    assert.equal((await ask("limited", sign(first, "plain"))).text, undefined);
    assert.equal((await ask("nowhere", sign(first, "plain"))).text, undefined);
    assert.doesNotMatch(gateway.accessLog() + gateway.errorLog(), /pwd1/);
  });

  test("keys follow each other without a gap, and one that is gone or over is worth nothing", async () => {
    const old = sign(first, "plain");
    await push(settings(first, second));
    assert.ok((await ask("plain", old)).why);
    assert.ok((await ask("plain", sign(second, "plain"))).why);
    await push(settings(second));
    assert.equal((await ask("plain", old)).why, undefined);
    assert.ok((await ask("plain", sign(second, "plain"))).why);
    await push(settings({ ...second, untilMs: Date.now() - 1 }));
    assert.equal((await ask("plain", sign(second, "plain"))).why, undefined);
    await push(settings());
    const { text, body } = await ask("plain", sign(second, "plain"));
    assert.equal(text, undefined);
    assert.equal((JSON.parse(body) as Seen).headers["portway-debug"], undefined);
  });
});
