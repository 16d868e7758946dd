import assert from "node:assert/strict";
import { test } from "node:test";
import { runPlugin } from "../../../test/lua/plugins.ts";
import type { HeaderEditsConfig } from "../../wire/edge.ts";

const edits = (config: Partial<HeaderEditsConfig>): HeaderEditsConfig => ({ set: [], add: [], remove: [], ...config });

test("set replaces every header of the name, in any case, and makes one where there is none", () => {
  const [result] = runPlugin(
    "requestHeaders",
    edits({
      set: [
        ["X-Tier", "gold"],
        ["X-New", "1"],
      ],
    }),
    [{ headers: { "x-tier": ["a", "b"], "x-own": "kept" } }],
  );
  assert.deepEqual(result!.request, { "X-Tier": "gold", "X-New": "1", "x-own": "kept" });
});

test("add keeps what there is: no header, one, or several", () => {
  const config = edits({ add: [["X-Via", "edge"]] });
  const before: Record<string, string | string[]>[] = [{}, { "x-via": "a" }, { "x-via": ["a", "b"] }];
  const results = runPlugin(
    "requestHeaders",
    config,
    before.map((headers) => ({ headers })),
  );
  assert.deepEqual(
    results.map(({ request }) => request["X-Via"]),
    [["edge"], ["a", "edge"], ["a", "b", "edge"]],
  );
});

test("remove takes out every header of the name, and does no harm where there is none", () => {
  const results = runPlugin("requestHeaders", edits({ remove: ["Cookie"] }), [
    { headers: { cookie: ["a=1", "b=2"], "x-own": "kept" } },
    { headers: {} },
  ]);
  assert.deepEqual(
    results.map(({ request }) => request),
    [{ "x-own": "kept" }, {}],
  );
});

test("responseHeaders changes the answer and leaves the request alone", () => {
  const config = edits({ set: [["Server", "none"]], add: [["Vary", "Accept"]], remove: ["X-Powered-By"] });
  const [result] = runPlugin("responseHeaders", config, [
    { headers: { server: "client's" }, answerHeaders: { server: "node", vary: "Origin", "x-powered-by": "x" } },
  ]);
  assert.deepEqual(result!.answer, { Server: "none", Vary: ["Origin", "Accept"] });
  assert.deepEqual(result!.request, { server: "client's" });
});

test("any number of edits runs, and none changes nothing", () => {
  const many = Array.from({ length: 120 }, (_, index) => [`X-${index}`, `${index}`] as const);
  const [all] = runPlugin("requestHeaders", edits({ set: many }), [{}]);
  assert.deepEqual(all!.request, Object.fromEntries(many));
  const [none] = runPlugin("requestHeaders", edits({}), [{ headers: { a: "1" } }]);
  assert.deepEqual([none!.status, none!.request], [0, { a: "1" }]);
});
