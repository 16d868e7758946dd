// Checks a JSON Schema from the file: each keyword is one that the gateway knows and has a value that means something, each
// $ref leads to a schema, and no document could keep the gateway busy without end.
import { nearest } from "../did-you-mean.ts";
import { describe, Fault, type Path, quote } from "../issue.ts";
import { isMapping } from "../raw.ts";
import { automatonOf } from "../regex/automaton.ts";
import { type Draft, draftHint, draftKeywords, draftOf, isAssertion, keywords } from "./keywords.ts";
import { loops } from "./loops.ts";
import { allSchemas, placeKey, refKey, type SchemaPlace } from "./places.ts";

export interface SchemaFault {
  /** From the schema on. */
  readonly path: Path;
  readonly fault: Fault;
}

const mostSchemas = 1000;
const mostFaults = 20;
/** Of the tables of all patterns. */
const mostCells = 100_000;

export function checkBodySchema(schema: unknown): readonly SchemaFault[] {
  const draft = draftOf(schema);
  if (!draft) {
    const fault = new Fault("notSupported", "the gateway does not know this draft of JSON Schema", draftHint);
    return [{ path: ["$schema"], fault }];
  }
  const places = allSchemas(schema, mostSchemas);
  if (places.length > mostSchemas) {
    const hint = `write ${mostSchemas} at most, and name those that repeat in $defs`;
    return [{ path: [], fault: new Fault("outOfRange", "this schema has too many schemas in it", hint) }];
  }
  const known = new Set(places.map(({ path }) => placeKey(path)));
  const faults = places.flatMap((place) => faultsOf(place, draft, known));
  return faults.length > 0 ? faults.slice(0, mostFaults) : [...loops(places), ...tablesFault(places)];
}

/** Each pattern's table is small enough; all together travel to every edge. */
function tablesFault(places: readonly SchemaPlace[]): SchemaFault[] {
  const patterns = places.flatMap(({ schema }) => {
    if (!isMapping(schema)) return [];
    const { pattern, patternProperties } = schema;
    return [...(pattern === undefined ? [] : [String(pattern)]), ...Object.keys(patternProperties ?? {})];
  });
  const sizes = patterns.map(automatonOf).map((table) => (table instanceof Fault ? 0 : table.next.length));
  if (sizes.reduce((sum, size) => sum + size, 0) <= mostCells) return [];
  const message = "the patterns of this schema need too many states together";
  return [{ path: [], fault: new Fault("outOfRange", message, "repeat less, and use maxLength for lengths") }];
}

function faultsOf({ schema, path }: SchemaPlace, draft: Draft, known: ReadonlySet<string>): SchemaFault[] {
  if (typeof schema === "boolean") return [];
  if (!isMapping(schema)) {
    const fault = new Fault("wrongType", `a schema cannot be ${describe(schema)}`, "write keywords, true or false");
    return [{ path, fault }];
  }
  const at = (key: string, fault: Fault | undefined): SchemaFault[] => (fault ? [{ path: [...path, key], fault }] : []);
  const own = Object.entries(schema).flatMap(([name, value]) => at(name, faultOf(name, value, draft, path)));
  if (own.length > 0) return own;
  return [
    ...at("$ref", refFault(schema, draft, known)),
    ...contradictions.flatMap(([low, high]) => at(low, orderFault(schema, low, high))),
    ...at("required", requiredFault(schema)),
  ];
}

function faultOf(name: string, value: unknown, draft: Draft, path: Path): Fault | undefined {
  const keyword = Object.hasOwn(keywords, name) ? keywords[name]! : undefined;
  if (!keyword) {
    const guess = nearest(name, Object.keys(keywords));
    const hint = guess ? `did you mean ${guess}?` : `take it out; docs/gateway/body-schema.md lists what is known`;
    return new Fault("notSupported", `${quote(name)} is not supported in a body's schema`, hint);
  }
  if (name === "$schema" && path.length > 0)
    return new Fault("notSupported", "$schema is only known in the outermost schema", "take it out");
  const only = draftKeywords[name];
  if (only && only.draft !== draft)
    return new Fault("notSupported", `${name} is not a keyword of ${draft}`, only.instead);
  if (keyword.holds === "list" && (!Array.isArray(value) || value.length === 0))
    return new Fault("wrongType", `${name} must have schemas in a list`, "write [{ schema }, …]");
  if (keyword.holds === "named" && !isMapping(value))
    return new Fault("wrongType", `${name} cannot be ${describe(value)}`, "write `name: { schema }`, one for each");
  if (name === "items" && Array.isArray(value) && draft === "2020-12")
    return new Fault("wrongType", "items cannot be a list", "write prefixItems for a list of schemas");
  return keyword.check?.(value, name);
}

function refFault(
  schema: Readonly<Record<string, unknown>>,
  draft: Draft,
  known: ReadonlySet<string>,
): Fault | undefined {
  const ref = schema["$ref"];
  if (ref === undefined) return undefined;
  const key = refKey(String(ref));
  if (key === undefined)
    return new Fault(
      "notSupported",
      `${quote(String(ref))} is outside of this schema`,
      'write "#/$defs/NAME", and the schema under $defs',
    );
  if (!known.has(key))
    return new Fault("unknownName", `there is no schema at ${quote(String(ref))}`, "write it under $defs");
  const ignored =
    draft === "draft-07" ? Object.keys(schema).find((name) => name !== "$ref" && isAssertion(name)) : undefined;
  if (ignored === undefined) return undefined;
  return new Fault("contradiction", `draft-07 ignores ${ignored} beside $ref`, "write both as entries of allOf");
}

const contradictions = [
  ["minimum", "maximum"],
  ["minLength", "maxLength"],
  ["minItems", "maxItems"],
  ["minContains", "maxContains"],
  ["minProperties", "maxProperties"],
] as const;

function orderFault(schema: Readonly<Record<string, unknown>>, low: string, high: string): Fault | undefined {
  const [least, most] = [schema[low], schema[high]];
  if (typeof least !== "number" || typeof most !== "number" || least <= most) return undefined;
  return new Fault("contradiction", `${low} is above ${high}: nothing fits`, "swap them, or take one out");
}

function requiredFault({
  required,
  properties,
  patternProperties,
  additionalProperties,
}: Readonly<Record<string, unknown>>): Fault | undefined {
  if (additionalProperties !== false || patternProperties !== undefined || !Array.isArray(required)) return undefined;
  const names = isMapping(properties) ? Object.keys(properties) : [];
  const missing = (required as string[]).find((name) => !names.includes(name));
  if (missing === undefined) return undefined;
  const guess = nearest(missing, names);
  const hint = guess ? `did you mean ${guess}?` : "write it under properties, or take additionalProperties out";
  return new Fault("contradiction", `${quote(missing)} is required, and additionalProperties refuses it`, hint);
}
