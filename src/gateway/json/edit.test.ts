import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../../test/lua/both.ts";
import { bytesOf } from "../../../test/lua/run-lua.ts";
import type { JsonEdit } from "./edit.ts";

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
interface Edit {
  readonly path: readonly string[];
  readonly kind: JsonEdit["kind"];
  readonly value?: Value;
}

const roomy = 1_000_000;
const wired = ({ path, kind, value }: Edit): JsonEdit => ({
  path: path.map(bytesOf),
  kind,
  text: kind === "remove" ? "" : bytesOf(JSON.stringify(value)),
  name: bytesOf(JSON.stringify(path.at(-1))),
});
const call = (text: string, edits: readonly Edit[], mostMoreBytes = roomy) => ({
  module: "gateway.json.edit",
  name: "editJson",
  args: [bytesOf(text), edits.map(wired), mostMoreBytes],
});
const edited = async (text: string, edits: readonly Edit[], mostMoreBytes?: number) => {
  const [result] = await runBoth([call(text, edits, mostMoreBytes)]);
  return result === null ? undefined : Buffer.from(String(result), "latin1").toString();
};
const edit = (kind: Edit["kind"], pointer: string, value?: Value): Edit => ({
  path: pointer.slice(1).split("/"),
  kind,
  ...(value !== undefined && { value }),
});

test("members are renamed, removed and set where a pointer leads", async () => {
  const text = '{ "a" : {"b": [1, {"c": "x", "d": 2}], "e": null}, "f": true }';
  assert.equal(await edited(text, [edit("remove", "/a/b/1/c")]), '{"a":{"b":[1,{"d": 2}],"e": null},"f": true}');
  assert.equal(
    await edited(text, [edit("rename", "/f", 'ü"')]),
    '{"a" : {"b": [1, {"c": "x", "d": 2}], "e": null},"ü\\"":true}',
  );
  assert.equal(
    await edited(text, [edit("set", "/a/new", { x: [] })]),
    '{"a":{"b": [1, {"c": "x", "d": 2}],"e": null,"new":{"x":[]}},"f": true}',
  );
  assert.equal(
    await edited(text, [edit("set", "/f", "no"), edit("remove", "/a/b/0")]),
    '{"a":{"b":[{"c": "x", "d": 2}],"e": null},"f":"no"}',
  );
});

test("a star stands for each item and each member", async () => {
  const text = '{"items":[{"id":1,"secret":2},{"secret":3},4],"more":{"x":{"secret":5},"y":{}}}';
  const edits = [edit("remove", "/items/*/secret"), edit("set", "/more/*/seen", true)];
  assert.equal(
    await edited(text, edits),
    '{"items":[{"id":1},{},4],"more":{"x":{"secret":5,"seen":true},"y":{"seen":true}}}',
  );
});

test("what no edit is about keeps its digits, its escapes and its spaces", async () => {
  const rest = '[ 12345678901234567890 , 1.10, -0.0, 1E5, "\\u0041\\/", { "b" : [ ] } ]';
  assert.equal(await edited(`{"a":${rest},"x":1}`, [edit("remove", "/x")]), `{"a":${rest}}`);
  assert.equal(
    await edited(rest, [edit("remove", "/x/y")]),
    '[12345678901234567890,1.10,-0.0,1E5,"\\u0041\\/",{ "b" : [ ] }]',
  );
  for (const scalar of ["5", '"a"', "null", " true "])
    assert.equal(await edited(scalar, [edit("remove", "/x")]), scalar.trim());
});

test("a member is found by what its name means, and no name is there twice afterwards", async () => {
  assert.equal(await edited('{"p\\u0061ss":1,"b":2}', [edit("remove", "/pass")]), '{"b":2}');
  assert.equal(await edited('{"a":1,"b":2}', [edit("rename", "/a", "b")]), '{"b":1}');
  assert.equal(await edited('{"b":2,"a":1}', [edit("rename", "/a", "b"), edit("rename", "/b", "a")]), '{"a":2,"b":1}');
  assert.equal(await edited('{"a":1}', [edit("rename", "/a", "b"), edit("set", "/b", 3)]), '{"b":3}');
  assert.equal(
    await edited('{"__proto__":1,"constructor":2}', [edit("remove", "/constructor"), edit("set", "/toString", 1)]),
    '{"__proto__":1,"toString":1}',
  );
});

test("no parent is made, and an edit of a list's member does nothing", async () => {
  assert.equal(await edited("{}", [edit("set", "/a/b", 1)]), "{}");
  assert.equal(await edited('{"a":[]}', [edit("set", "/a/b", 1), edit("set", "/a/0", 1)]), '{"a":[]}');
  assert.equal(await edited('["x"]', [edit("rename", "/0", "b")]), '["x"]');
});

test("what is set makes a text only so much longer", async () => {
  const edits = [edit("set", "/*/a", "x".repeat(100))];
  const text = JSON.stringify(Array(50).fill({}));
  assert.equal(await edited(text, edits, 1000), undefined);
  assert.equal((await edited(text, edits, 10_000))?.length, text.length + 50 * '"a":""'.length + 5000);
});

const gone = Symbol("gone");

/** The same edits of values. */
function reference(value: Value, edits: readonly Edit[]): Value {
  const step = (one: Value, name: string) => {
    const own = edits.filter(({ path }) => path[0] === name || path[0] === "*");
    const here = own.filter(({ path }) => path.length === 1);
    const set = here.findLast(({ kind }) => kind === "set");
    if (set) return { kind: "set", value: set.value! } as const;
    if (here.some(({ kind }) => kind === "remove")) return { kind: "gone", value: gone } as const;
    const deeper = own.filter(({ path }) => path.length > 1).map((edit) => ({ ...edit, path: edit.path.slice(1) }));
    const rename = here.findLast(({ kind }) => kind === "rename");
    return { kind: "kept", value: reference(one, deeper), newName: rename?.value as string | undefined } as const;
  };
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item, place) => step(item, String(place)));
    return items.flatMap((item) => (item.kind === "gone" ? [] : [item.value]));
  }
  if (typeof value !== "object" || value === null) return value;
  const [kept, renamed, set] = [new Map<string, Value>(), new Map<string, Value>(), new Map<string, Value>()];
  for (const [name, one] of Object.entries(value)) {
    const result = step(one, name);
    if (result.kind === "set") set.set(name, result.value);
    else if (result.kind === "kept" && result.newName !== undefined) renamed.set(result.newName, result.value);
    else if (result.kind === "kept") kept.set(name, result.value);
  }
  for (const { path, kind, value: given } of edits) if (kind === "set" && path.length === 1) set.set(path[0]!, given!);
  return Object.fromEntries([...kept, ...renamed, ...set]);
}

test("texts are edited as values would be, in Node and in LuaJIT", async () => {
  const name = fc.constantFrom("a", "b", "c", "é", "0", "1", 'q"\\');
  const { document } = fc.letrec<{ document: Value }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
      fc.array(tie("document"), { maxLength: 4 }),
      fc.dictionary(name, tie("document"), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  const path = fc
    .tuple(fc.array(fc.oneof(name, fc.constant("*")), { maxLength: 3 }), name)
    .map(([steps, last]) => [...steps, last]);
  const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ path, kind: fc.constant("remove" as const) }),
    fc.record({ path, kind: fc.constant("rename" as const), value: name }),
    fc.record({
      path,
      kind: fc.constant("set" as const),
      value: fc.oneof(fc.integer(), fc.string(), fc.constant([{}])),
    }),
  );
  const one = fc.tuple(document, fc.array(anyEdit, { maxLength: 5 }), fc.constantFrom(undefined, 1, "\t"));
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 100, maxLength: 100 }), async (cases) => {
      const results = await runBoth(
        cases.map(([value, edits, spaces]) => call(JSON.stringify(value, null, spaces), edits)),
      );
      cases.forEach(([value, edits], index) => {
        const text = Buffer.from(String(results[index]), "latin1").toString();
        assert.deepEqual(JSON.parse(text), reference(value, edits));
      });
    }),
    { numRuns: 20 },
  );
});
