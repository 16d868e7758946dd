// The keywords of JSON Schema that the gateway knows: what may stand after each, and where schemas stand in it.
import { describe, Fault, quote } from "../issue.ts";
import { isMapping } from "../raw.ts";
import { automatonOf } from "../regex/automaton.ts";
import { formats } from "./formats.ts";

export interface Keyword {
  /** What is wrong with its value, when it is no schema. */
  readonly check?: Check;
  /** The schemas in its value: it is one itself, has some by name, or in a list. */
  readonly holds?: "one" | "named" | "list";
  /** They hold for the same value as the schema that they stand in, not for a part of it. */
  readonly isInPlace?: true;
}

type Check = (value: unknown, name: string) => Fault | undefined;

const shown = (value: unknown) => (Array.isArray(value) && value.length === 0 ? "an empty list" : describe(value));
const wrong =
  (hint: string) =>
  (value: unknown, name: string): Fault =>
    new Fault("wrongType", `${name} cannot be ${shown(value)}`, hint);
const unless =
  (test: (value: unknown) => boolean, hint: string): Check =>
  (value, name) =>
    test(value) ? undefined : wrong(hint)(value, name);

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === "string");
const isUnique = (value: unknown) => new Set(value as readonly unknown[]).size === (value as readonly unknown[]).length;
const isNames = (value: unknown) => isTexts(value) && isUnique(value);

const number: Keyword = { check: unless(Number.isFinite, "write a number") };
const count: Keyword = { check: unless(isCount, "write a whole number, 0 or more") };
const flag: Keyword = { check: unless((value) => typeof value === "boolean", "write true or false") };
const one: Keyword = { holds: "one" };
const named: Keyword = { holds: "named" };
const note: Keyword = {};

const types = ["null", "boolean", "object", "array", "number", "integer", "string"];
const typeHint = `write ${types.join(", ")}, or a list of them`;

function checkType(value: unknown, name: string): Fault | undefined {
  const list = typeof value === "string" ? [value] : value;
  if (!isNames(list) || (list as readonly string[]).length === 0) return wrong(typeHint)(value, name);
  const unknown = (list as readonly string[]).find((type) => !types.includes(type));
  return unknown === undefined
    ? undefined
    : new Fault("invalidValue", `${quote(unknown)} is not a type of JSON`, typeHint);
}

const mostValues = 1000;

function checkEnum(value: unknown, name: string): Fault | undefined {
  if (!Array.isArray(value) || value.length === 0) return wrong("write a list of values")(value, name);
  if (value.length > mostValues)
    return new Fault("outOfRange", "this list is too long", `write ${mostValues} values at most`);
  return value.map((one) => checkValue(one)).find((fault) => fault !== undefined);
}

/** A value that documents are compared with. */
function checkValue(value: unknown): Fault | undefined {
  const inner = Array.isArray(value) ? value : isMapping(value) ? Object.values(value) : [];
  const hint = "write text, or a number that a double holds exactly";
  if (typeof value === "number" && !(Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)))
    return new Fault("outOfRange", "this number is too large to be compared", hint);
  return inner.map((one) => checkValue(one)).find((fault) => fault !== undefined);
}

function checkDependents(value: unknown, name: string): Fault | undefined {
  const fits = isMapping(value) && Object.values(value).every(isNames);
  return fits ? undefined : wrong("write `name: [other, …]`, one for each")(value, name);
}

function checkPattern(value: unknown, name: string): Fault | undefined {
  if (typeof value !== "string") return wrong("write a regular expression")(value, name);
  const automaton = automatonOf(value);
  return automaton instanceof Fault ? automaton : undefined;
}

function checkPatternNames(value: unknown, name: string): Fault | undefined {
  const names = isMapping(value) ? Object.keys(value) : [];
  return names.map((pattern) => checkPattern(pattern, name)).find((fault) => fault !== undefined);
}

function checkFormat(value: unknown): Fault | undefined {
  if (typeof value === "string" && Object.hasOwn(formats, value)) return undefined;
  const message = `the format ${typeof value === "string" ? quote(value) : describe(value)} is not supported`;
  return new Fault("notSupported", message, `write ${Object.keys(formats).join(", ")}, or a pattern`);
}

/** All that may stand in a schema of either draft. */
export const keywords: Readonly<Record<string, Keyword>> = {
  type: { check: checkType },
  enum: { check: checkEnum },
  const: { check: checkValue },
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: { check: unless((value) => Number.isFinite(value) && (value as number) > 0, "write a number above 0") },
  minLength: count,
  maxLength: count,
  pattern: { check: checkPattern },
  format: { check: checkFormat },
  prefixItems: { holds: "list" },
  items: one,
  additionalItems: one,
  contains: one,
  minContains: count,
  maxContains: count,
  minItems: count,
  maxItems: count,
  uniqueItems: flag,
  properties: named,
  patternProperties: { holds: "named", check: checkPatternNames },
  additionalProperties: one,
  propertyNames: one,
  required: { check: unless(isNames, "write a list of names, none twice") },
  dependentRequired: { check: checkDependents },
  dependentSchemas: { holds: "named", isInPlace: true },
  minProperties: count,
  maxProperties: count,
  allOf: { holds: "list", isInPlace: true },
  anyOf: { holds: "list", isInPlace: true },
  oneOf: { holds: "list", isInPlace: true },
  ...Object.fromEntries(
    ["not", "if", "then", "else"].map((name) => [name, { holds: "one", isInPlace: true } as const]),
  ),
  $ref: { check: unless((value) => typeof value === "string", 'write "#/$defs/NAME"') },
  $defs: named,
  definitions: named,
  $schema: { check: unless((value) => typeof value === "string", "write the draft's address") },
  $comment: note,
  title: note,
  description: note,
  default: note,
  examples: note,
  deprecated: note,
  readOnly: note,
  writeOnly: note,
};

/** Those that say something of the value. */
export function isAssertion(keyword: string): boolean {
  return keywords[keyword] !== note && !["$schema", "$defs", "definitions"].includes(keyword);
}

export type Draft = "2020-12" | "draft-07";

const drafts: Readonly<Record<string, Draft>> = {
  "https://json-schema.org/draft/2020-12/schema": "2020-12",
  "http://json-schema.org/draft-07/schema": "draft-07",
};

export const draftHint = `write ${Object.keys(drafts).join(" or ")}`;

/** The draft that a schema is written in, 2020-12 unless told; undefined for one that the gateway does not know. */
export function draftOf(schema: unknown): Draft | undefined {
  const written = isMapping(schema) ? schema["$schema"] : undefined;
  return written === undefined ? "2020-12" : drafts[String(written).replace(/#$/, "")];
}

/** Keywords of one draft alone, with what the other one has for them. */
export const draftKeywords: Readonly<Record<string, { readonly draft: Draft; readonly instead: string }>> = {
  prefixItems: { draft: "2020-12", instead: "write items with a list" },
  minContains: { draft: "2020-12", instead: "set $schema to draft 2020-12" },
  maxContains: { draft: "2020-12", instead: "set $schema to draft 2020-12" },
  dependentRequired: { draft: "2020-12", instead: "set $schema to draft 2020-12" },
  dependentSchemas: { draft: "2020-12", instead: "set $schema to draft 2020-12" },
  additionalItems: { draft: "draft-07", instead: "write items beside prefixItems" },
};
