// Whether a document fits a schema, and where it does not. The schema was read and put into parts by Node
// (src/spec/json-schema); what a document makes of work is bounded, however its forms are nested.
import type { SchemaPart } from "../../wire/body-schema.ts";
import { canonicalText } from "../json/canonical.ts";
import { parseJson } from "../json/parse.ts";
import { emptyTable, type Json, type JsonKind, kindOf } from "../json/value.ts";
import { checkArray } from "./array.ts";
import { checkObject } from "./object.ts";
import { fault, none, type Part, type Run, type SchemaFault, tries } from "./run.ts";
import { checkNumber, checkText } from "./scalars.ts";

/** The parts as tables to look things up in; throws a sentence when one is not what Node writes. */
export function prepareParts(parts: readonly SchemaPart[]): readonly Part[] {
  return parts.map((part) => {
    const { type, enum: values, properties, dependentRequired = {}, dependentSchemas = {} } = part;
    return {
      ...part,
      types: type && tableOf(type),
      values: values && tableOf(values.map((text) => canonicalOf(text))),
      hasDeepValues: values?.some((text) => text.startsWith("[") || text.startsWith("{")) ?? false,
      members: properties && copyOf(properties),
      dependents: [
        ...Object.entries(dependentRequired).map(([name, required]) => ({ name, required, part: none })),
        ...Object.entries(dependentSchemas).map(([name, place]) => ({ name, required: [], part: place })),
      ],
    };
  });
}

function tableOf(keys: readonly string[]): Record<string, true | undefined> {
  const table = emptyTable<true>();
  for (const key of keys) table[key] = true;
  return table;
}

function copyOf(record: Readonly<Record<string, number>>): Record<string, number | undefined> {
  const table = emptyTable<number>();
  for (const [key, value] of Object.entries(record)) table[key] = value;
  return table;
}

function canonicalOf(text: string): string {
  const parsed = parseJson(text);
  if (parsed.problem !== undefined) throw "a value of enum is not JSON";
  return canonicalText(parsed.value);
}

/** What is wrong with a document; empty when it fits. `steps` bounds the work: beyond them it does not fit. */
export function validate(parts: readonly Part[], document: Json, steps: number): readonly SchemaFault[] {
  const run: Run = { parts, faults: [], path: [], depth: 0, quiet: 0, steps, check };
  const fits = check(run, 0, document);
  if (run.steps < 0) return [{ pointer: "", detail: "takes too much work to check" }];
  return fits ? [] : run.faults;
}

function check(run: Run, place: number, value: Json): boolean {
  run.steps--;
  if (run.steps < 0) return false;
  const part = run.parts[place]!;
  const kind = kindOf(value);
  if (part.nothing) return fault(run, "is not allowed");
  if (part.types !== undefined && !isOfType(part.types, kind, value)) return fault(run, "is of the wrong type");
  let fits = true;
  if (part.values !== undefined && !isAmong(run, part, value)) fits = fault(run, "is none of the values it may be");
  if (typeof value === "number") fits = checkNumber(run, part, value) && fits;
  else if (typeof value === "string") fits = checkText(run, part, value) && fits;
  else if (typeof value === "object" && value.kind === "object") fits = checkObject(run, part, value) && fits;
  else if (typeof value === "object" && value.kind === "array") fits = checkArray(run, part, value.items) && fits;
  return checkForms(run, part, value) && fits;
}

function isOfType(types: NonNullable<Part["types"]>, kind: JsonKind, value: Json): boolean {
  if (types[kind]) return true;
  return types.integer === true && typeof value === "number" && value % 1 === 0;
}

function isAmong(run: Run, { values, hasDeepValues }: Part, value: Json): boolean {
  if (!hasDeepValues && typeof value === "object" && value.kind !== "null") return false;
  const text = canonicalText(value);
  run.steps -= text.length / 8;
  return values![text] === true;
}

/** Schemas that hold for the same value. */
function checkForms(run: Run, part: Part, value: Json): boolean {
  let fits = true;
  if (part.allOf !== undefined) for (const place of part.allOf) if (!run.check(run, place, value)) fits = false;
  if (part.anyOf !== undefined && !fitsAny(run, part.anyOf, value)) fits = fault(run, "fits none of its forms");
  if (part.oneOf !== undefined) {
    const count = formsOf(run, part.oneOf, value);
    if (count === 0) fits = fault(run, "fits none of its forms");
    else if (count > 1) fits = fault(run, "fits more than one of its forms");
  }
  if (part.not !== undefined && tries(run, part.not, value)) fits = fault(run, "has a form that it must not have");
  if (part.if !== undefined) {
    const branch = tries(run, part.if, value) ? part.then : part.else;
    if (branch !== undefined && !run.check(run, branch, value)) fits = false;
  }
  return fits;
}

function fitsAny(run: Run, places: readonly number[], value: Json): boolean {
  for (const place of places) if (tries(run, place, value)) return true;
  return false;
}

/** How many it fits, as far as that matters: 0, 1 or 2. */
function formsOf(run: Run, places: readonly number[], value: Json): number {
  let count = 0;
  for (const place of places) if (count < 2 && tries(run, place, value)) count++;
  return count;
}
