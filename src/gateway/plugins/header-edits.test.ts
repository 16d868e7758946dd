import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runPlugin } from "../../../test/lua/plugins.ts";
import type { HeaderEditsConfig, TemplateField } from "../../wire/edge-plugins.ts";

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

test("rename moves all values over those of the new name, and leaves both alone where there is nothing to move", () => {
  const results = runPlugin("requestHeaders", edits({ rename: [["X-Old", "X-New"]] }), [
    { headers: { "x-old": ["a", "b"], "x-new": "client's" } },
    { headers: { "x-new": "client's" } },
  ]);
  assert.deepEqual(
    results.map(({ request }) => request),
    [{ "X-New": ["a", "b"] }, { "x-new": "client's" }],
  );
  const [answered] = runPlugin("responseHeaders", edits({ rename: [["Server", "X-Origin"]] }), [
    { answerHeaders: { server: "node" } },
  ]);
  assert.deepEqual(answered!.answer, { "X-Origin": "node" });
});

const field = (from: TemplateField["from"], name: string): TemplateField => ({ from, name });

test("a template takes each field from where it says", () => {
  const value = [
    field("client", "ip"),
    "|",
    field("request", "id"),
    "|",
    field("path", "id"),
    "|",
    field("header", "x-tenant"),
    "|",
    field("query", "page"),
    '|"\\{',
    field("jwt", "sub"),
  ];
  const [result] = runPlugin("requestHeaders", edits({ set: [["X-All", value]] }), [
    {
      headers: { "x-tenant": "acme" },
      variables: { remote_addr: "192.0.2.1", args: "a=1&p%61ge=2+%41%zz&page=3" },
      record: {
        id: "0a-1",
        path: "/u/7",
        route: { paths: [{ kind: "prefix", path: "/u/{id}" }] },
        claims: { sub: "user" },
      },
    },
  ]);
  assert.equal(result!.request["X-All"], '192.0.2.1|0a-1|7|acme|2 A%zz|"\\{user');
});

test("without one of its fields set takes the header out, and add adds nothing", () => {
  const value = ["id ", field("jwt", "sub")];
  const headers = { "x-set": "forged", "x-add": "kept" };
  const results = runPlugin("requestHeaders", edits({ set: [["X-Set", value]], add: [["X-Add", value]] }), [
    { headers },
    { headers, record: { claims: {} } },
    { headers, record: { claims: { sub: "a" } } },
  ]);
  assert.deepEqual(
    results.map(({ request }) => request),
    [{ "x-add": "kept" }, { "x-add": "kept" }, { "X-Set": "id a", "X-Add": ["kept", "id a"] }],
  );
});

test("templates are read before the first edit", () => {
  const config = edits({
    remove: ["X-Key"],
    set: [
      ["X-A", [field("header", "x-b")]],
      ["X-B", [field("header", "x-a")]],
      ["X-Was", [field("header", "x-key")]],
    ],
  });
  const [result] = runPlugin("requestHeaders", config, [{ headers: { "x-a": "1", "x-b": "2", "x-key": "k" } }]);
  assert.deepEqual(result!.request, { "X-A": "2", "X-B": "1", "X-Was": "k" });
});

test("no control character gets through, from wherever it comes", () => {
  const froms = [field("header", "x-in"), field("query", "in"), field("path", "in")];
  const config = edits({ set: froms.map((from, index) => [`X-${index}`, [from]] as const) });
  const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 });
  const texts = fc.sample(bytes, 300).map((codes) => String.fromCharCode(...codes).replaceAll("/", "_"));
  const encoded = (text: string) =>
    [...text].map((one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
  const results = runPlugin(
    "requestHeaders",
    config,
    texts.map((text) => ({
      headers: { "x-in": text },
      variables: { args: `in=${encoded(text)}` },
      record: { path: `/${text}`, route: { paths: [{ kind: "prefix", path: "/{in}" }] } },
    })),
  );
  for (const [index, { request }] of results.entries()) {
    const text = texts[index]!;
    const expected = /^[ -~]+$/.test(text) ? text : undefined;
    for (const name of ["X-0", "X-1", "X-2"]) assert.equal(request[name], expected, JSON.stringify(text));
  }
});
