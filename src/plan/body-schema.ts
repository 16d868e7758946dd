// bodySchema as the gateway gets it: the schema's parts in one list, its references resolved.
import { formats } from "../spec/body-schema/formats.ts";
import { draftOf } from "../spec/body-schema/keywords.ts";
import { allSchemas, placeKey, refKey, type SchemaPlace } from "../spec/body-schema/places.ts";
import { Fault } from "../spec/issue.ts";
import type { BodySchemaSpec } from "../spec/plugin-types.ts";
import { bodyBytesUnlessTold } from "../spec/plugins/body-schema.ts";
import { automatonOf } from "../spec/regex/automaton.ts";
import type { Automaton, BodySchemaConfig, SchemaPart } from "../wire/body-schema.ts";

type Written = Readonly<Record<string, unknown>>;
/** Gives the place in the list of the schema that stands there. */
type PlaceOf = (...keys: readonly (string | number)[]) => number;

/** Keywords that the gateway reads as they are written. */
const plain = [
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"],
  ...["minContains", "maxContains", "minItems", "maxItems", "required", "dependentRequired"],
  ...["minProperties", "maxProperties"],
];
const single = ["contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"];

/** The schema was checked before. */
export function bodySchemaConfig(spec: BodySchemaSpec): BodySchemaConfig {
  const { schema, types, maxBytes = bodyBytesUnlessTold, isRequired } = spec;
  const places = allSchemas(schema);
  const numbers = new Map(places.map(({ path }, index) => [placeKey(path), index]));
  const isDraft7 = draftOf(schema) === "draft-07";
  const parts = places.map((place) => partOf(place, numbers, isDraft7));
  return { types: [...types].sort(), maxBytes, isRequired, parts };
}

function partOf({ schema, path }: SchemaPlace, numbers: ReadonlyMap<string, number>, isDraft7: boolean): SchemaPart {
  if (schema === true) return {};
  if (schema === false) return { nothing: true };
  const written = schema as Written;
  const placeOf: PlaceOf = (...keys) => numbers.get(placeKey([...path, ...keys]))!;
  const has = (name: string) => written[name] !== undefined;
  const list = (name: string) => (written[name] as readonly unknown[]).map((_, index) => placeOf(name, index));
  const named = (name: string) =>
    Object.fromEntries(Object.keys(written[name] as Written).map((key) => [key, placeOf(name, key)]));
  const ref = has("$ref") ? [numbers.get(refKey(String(written["$ref"]))!)!] : [];
  const all = [...ref, ...(has("allOf") ? list("allOf") : [])];
  return {
    ...Object.fromEntries(plain.filter(has).map((name) => [name, written[name]])),
    ...Object.fromEntries(single.filter(has).map((name) => [name, placeOf(name)])),
    ...(has("type") && { type: [written["type"] as string | readonly string[]].flat() }),
    ...valuesOf(written),
    ...(written["uniqueItems"] === true && { uniqueItems: true }),
    ...patternsOf(written, placeOf),
    ...itemsOf(written, placeOf, list, isDraft7),
    ...Object.fromEntries(["properties", "dependentSchemas"].filter(has).map((name) => [name, named(name)])),
    ...(all.length > 0 && { allOf: all }),
    ...Object.fromEntries(["anyOf", "oneOf"].filter(has).map((name) => [name, list(name)])),
  };
}

/** Both of `enum` and `const` hold where both are written. */
function valuesOf({ enum: values, const: only }: Written): Pick<SchemaPart, "enum"> {
  const texts = (values as readonly unknown[] | undefined)?.map((value) => JSON.stringify(value));
  if (only === undefined) return texts ? { enum: texts } : {};
  const text = JSON.stringify(only);
  return { enum: texts && !texts.includes(text) ? [] : [text] };
}

function patternsOf(
  { pattern, format, patternProperties }: Written,
  placeOf: PlaceOf,
): Pick<SchemaPart, "patterns" | "patternProperties"> {
  const texts = [
    ...(pattern === undefined ? [] : [pattern]),
    ...(format === undefined ? [] : [formats[String(format)]]),
  ];
  const names = Object.keys((patternProperties as Written | undefined) ?? {});
  const named = names.map((name) => ({ pattern: tableOf(name), part: placeOf("patternProperties", name) }));
  return {
    ...(texts.length > 0 && { patterns: texts.map((text) => tableOf(String(text))) }),
    ...(named.length > 0 && { patternProperties: named }),
  };
}

/** Of a pattern that was checked before. */
function tableOf(pattern: string): Automaton {
  const automaton = automatonOf(pattern);
  if (automaton instanceof Fault) throw new TypeError(automaton.message);
  return automaton;
}

function itemsOf(
  written: Written,
  placeOf: PlaceOf,
  list: (name: string) => number[],
  isDraft7: boolean,
): Pick<SchemaPart, "prefixItems" | "items"> {
  const { items, prefixItems, additionalItems } = written;
  if (!isDraft7)
    return {
      ...(prefixItems !== undefined && { prefixItems: list("prefixItems") }),
      ...(items !== undefined && { items: placeOf("items") }),
    };
  if (!Array.isArray(items)) return items === undefined ? {} : { items: placeOf("items") };
  return { prefixItems: list("items"), ...(additionalItems !== undefined && { items: placeOf("additionalItems") }) };
}
