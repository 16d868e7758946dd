import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { readDocument } from "./document.ts";
import { fieldAt, type JsonSchema, specJsonSchema } from "./json-schema.ts";
import { expand, later } from "./not-yet.ts";
import { parseSpec } from "./parse.ts";

const schema = specJsonSchema();
const files = globSync(new URL("../../test/golden/spec/*.yaml", import.meta.url).pathname).map((file) =>
  readFileSync(file, "utf8"),
);

interface Draft07 {
  readonly anyOf?: readonly Draft07[];
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Draft07;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Draft07>>;
  readonly additionalProperties?: Draft07 | false;
  readonly required?: readonly string[];
}

/** Whether a value has the form that a schema asks for: as much of draft-07 as the file's schema uses. */
function accepts(schema: Draft07, value: unknown): boolean {
  if (schema.anyOf) return schema.anyOf.some((one) => accepts(one, value));
  if (schema.const !== undefined) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  switch (schema.type) {
    case "string":
      return typeof value === "string" && new RegExp(schema.pattern ?? "").test(value);
    case "integer":
      return Number.isInteger(value) && (value as number) >= schema.minimum! && (value as number) <= schema.maximum!;
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    case "array": {
      const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
      return (
        Array.isArray(value) &&
        value.length >= minItems &&
        value.length <= maxItems &&
        value.every((item) => accepts(items!, item))
      );
    }
    case "object":
      return (
        typeof value === "object" && value !== null && !Array.isArray(value) && acceptsKeys(schema, value as JsonSchema)
      );
    default:
      return schema.type === undefined;
  }
}

function acceptsKeys(
  { properties = {}, additionalProperties = false, required = [] }: Draft07,
  value: JsonSchema,
): boolean {
  if (required.some((key) => !(key in value))) return false;
  return Object.entries(value).every(([key, inner]) => {
    const own = properties[key] ?? additionalProperties;
    return own !== false && accepts(own, inner);
  });
}

test("the schema is draft-07 and describes every field", () => {
  assert.equal(schema["$schema"], "http://json-schema.org/draft-07/schema#");
  const missing: string[] = [];
  const visit = (one: JsonSchema, path: string) => {
    for (const [key, inner] of Object.entries((one["properties"] ?? {}) as Record<string, JsonSchema>)) {
      if (!inner["description"]) missing.push(`${path}.${key}`);
      visit(inner, `${path}.${key}`);
    }
    for (const key of ["items", "additionalProperties"])
      if (typeof one[key] === "object") visit(one[key] as JsonSchema, `${path}.*`);
    for (const branch of (one["anyOf"] ?? []) as JsonSchema[]) visit(branch, path);
  };
  visit(schema, "");
  assert.deepEqual(missing, []);
});

test("every valid file has the schema's form", () => {
  const valid = files.filter((text) => parseSpec(text).spec);
  assert.ok(valid.length >= 3);
  for (const text of valid) assert.ok(accepts(schema, readDocument(text).document?.value), text.slice(0, 80));
});

test("the whole language of the design has the schema's form, though parts of it are not supported yet", () => {
  const design = readFileSync(new URL("../../test/golden/spec/design.yaml", import.meta.url), "utf8");
  assert.ok(accepts(schema, readDocument(design).document?.value));
  assert.deepEqual([...new Set(parseSpec(design).issues.map((issue) => issue.code))], ["notSupportedYet"]);
});

test("an editor sees wrong types, unknown keys and missing ones", () => {
  for (const name of ["types", "names"]) {
    const text = readFileSync(new URL(`../../test/golden/spec/${name}.yaml`, import.meta.url), "utf8");
    assert.ok(!accepts(schema, readDocument(text).document?.value), basename(name));
  }
});

test("fields that are not supported yet say so", () => {
  const fields = later.flatMap((entry) => expand(entry.at)).map((path) => fieldAt(schema, path.split(".")));
  const known = fields.filter((field) => field !== undefined);
  assert.ok(known.length >= 1);
  for (const field of known) assert.match(String(field["description"]), /\. Not supported yet\.$/);
});
