// Schemas and documents at random: what the file's checks, the compiler and the gateway in LuaJIT make of them is what ajv
// does, the validator of most JavaScript.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bodySchemaConfig } from "../src/plan/body-schema.ts";
import { canonicalJson } from "../src/plan/canonical-json.ts";
import { checkBodySchema } from "../src/spec/body-schema/check.ts";
import { bytesOf, runLua } from "./lua/run-lua.ts";

type Validate = (document: unknown) => boolean;
interface Ajv {
  readonly compile: (schema: object) => Validate;
}

const load = createRequire(import.meta.url);
const options = { strict: false, logger: false, multipleOfPrecision: 9, ownProperties: true };
/** ajv has a class a draft. */
function ajvFor(module: string): Ajv {
  const made = new (load(module).default as new (options: object) => Ajv & { opts: { unevaluated?: boolean } })(
    options,
  );
  made.opts.unevaluated = false; // its account of seen members, which no schema here asks for, throws in some of them
  return made;
}
const ajv = { "2020-12": ajvFor("ajv/dist/2020.js"), "draft-07": ajvFor("ajv") };
const draft07 = "http://json-schema.org/draft-07/schema#";

/** Few names and values, so that schemas and documents meet. ajv overlooks two names in schemas. */
const schemaName = fc.constantFrom("a", "b", "c", "a/b", "constructor", "\u00e9");
const name = fc.oneof(schemaName, fc.constantFrom("", "__proto__"));
const scalar = fc.constantFrom<unknown>(
  ...[null, true, false, 0, 1, -1, 1.5, 2, 3, 10, 0.3, 1e20],
  "",
  "a",
  "ab",
  "\u00e9\u{1f600}",
);
const { value: document } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    members(name, tie("value")),
  ),
}));

/** An object in which `__proto__` is a name like others, as in JSON. */
function members(name: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key })
    .map((entries) =>
      JSON.parse(`{${entries.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join(",")}}`),
    );
}

const small = fc.nat(4);
const number = fc.constantFrom(-1, 0, 0.1, 1, 1.5, 2, 3, 10);
const type = fc.constantFrom("null", "boolean", "object", "array", "number", "integer", "string");
const pattern = fc.constantFrom("^a", "b$", "^[a-c]{1,2}$", "\\d", "^.$", "/", "^(?:a|\u00e9)");
const names = fc.uniqueArray(schemaName, { maxLength: 3 });

const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const inner = tie("schema");
  const list = fc.array(inner, { minLength: 1, maxLength: 3 });
  const keyword = fc.oneof<fc.Arbitrary<unknown>[]>(
    fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })).map((value) => ({ type: value })),
    fc.uniqueArray(document, { minLength: 1, maxLength: 4, selector: canonicalJson }).map((value) => ({ enum: value })),
    document.map((value) => ({ const: value })),
    ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((key) =>
      number.map((value) => ({ [key]: value })),
    ),
    fc.constantFrom(0.1, 0.5, 1, 2, 3).map((value) => ({ multipleOf: value })),
    ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"].map((key) =>
      small.map((value) => ({ [key]: value })),
    ),
    fc
      .tuple(inner, small, small)
      .map(([contains, a, b]) => apart({ contains, minContains: Math.min(a, b), maxContains: Math.max(a, b) })),
    inner.map((contains) => apart({ contains })),
    fc.boolean().map((uniqueItems) => ({ uniqueItems })),
    ...["items", "additionalProperties", "propertyNames", "not"].map((key) => inner.map((value) => ({ [key]: value }))),
    ...["prefixItems", "allOf", "anyOf", "oneOf"].map((key) => list.map((value) => ({ [key]: value }))),
    pattern.map((value) => ({ pattern: value })),
    members(pattern, inner).map((value) => ({ patternProperties: value })),
    ...["properties", "dependentSchemas"].map((key) => members(schemaName, inner).map((value) => ({ [key]: value }))),
    members(schemaName, names).map((dependentRequired) => ({ dependentRequired })),
    names.map((required) => ({ required })),
    fc.record(Object.fromEntries(["if", "then", "else"].map((key) => [key, inner])), { requiredKeys: ["if"] }),
    fc.constantFrom("#/$defs/x", "#/$defs/y~1z").map(($ref) => ({ $ref })),
  );
  const keywords = fc.array(keyword, { maxLength: 3 }).map((parts) => Object.assign({}, ...(parts as object[])));
  return { schema: fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.boolean(), keywords) };
});

const whole2020 = fc
  .tuple(members(schemaName, schema), schema, schema)
  .map(([properties, x, z]) => ({ properties, $defs: { x, "y/z": z }, anyOf: [{ $ref: "#/$defs/x" }, true] }));
const whole = fc.oneof(
  whole2020,
  schema.map((one) => ({ allOf: [one], $defs: { x: true, "y/z": { type: "object" } } })),
);

/** ajv takes `contains` of an empty list for true in some surroundings (`{ contains: true, prefixItems: [false] }`). */
function apart(schema: object): object {
  return { allOf: [{ ...schema, minItems: 1 }] };
}

/** The same in draft-07, which has other words for lists. */
const old = fc
  .tuple(fc.array(schema, { minLength: 1, maxLength: 3 }), schema, schema)
  .map(([items, additionalItems, x]) => ({
    $schema: draft07,
    items,
    additionalItems,
    $defs: { x, "y/z": {} },
  }));

interface Case {
  readonly schema: object;
  readonly documents: readonly unknown[];
}

const cases = (schemas: fc.Arbitrary<object>, count: number): Case[] =>
  fc
    .sample(fc.record({ schema: schemas, documents: fc.array(document, { minLength: 6, maxLength: 12 }) }), count)
    .filter(({ schema: one }) => checkBodySchema(one).length === 0);

/** Whether each document of each case fits, as LuaJIT says. */
function inLua(all: readonly Case[]): boolean[][] {
  const text = (value: unknown) => bytesOf(JSON.stringify(value));
  const calls = all.map(({ schema: one, documents }) => ({
    module: "schema-probe",
    name: "fits",
    args: [text(partsOf(one)), documents.map(text)],
  }));
  return runLua(calls).map(([fits]) => fits as boolean[]);
}

const partsOf = (one: unknown) => bodySchemaConfig({ schema: one, types: [], maxBytes: 0, isRequired: true }).parts;

describe("a document fits a schema exactly when ajv says so", () => {
  for (const [draft, schemas] of [
    ["2020-12", whole],
    ["draft-07", old],
  ] as const) {
    test(`in draft ${draft}`, () => {
      const all = cases(schemas, 800);
      const results = inLua(all);
      let [fitting, failing] = [0, 0];
      for (const [index, { schema: one, documents }] of all.entries()) {
        const validate = ajv[draft].compile(one);
        for (const [at, value] of documents.entries()) {
          const expected = validate(value);
          if (expected) fitting++;
          else failing++;
          assert.equal(results[index]![at], expected, JSON.stringify({ schema: one, document: value }));
        }
      }
      assert.ok(all.length > 200 && fitting > 1000 && failing > 300, `${all.length} ${fitting} ${failing}`);
    });
  }
});
