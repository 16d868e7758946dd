// The schemas within a schema, each with its place, and what a $ref names.
import type { Path } from "../issue.ts";
import { isMapping } from "../raw.ts";
import { keywords } from "./keywords.ts";

/** A schema and the keys that lead to it from the outermost one. */
export interface SchemaPlace {
  readonly path: Path;
  readonly schema: unknown;
  readonly isInPlace: boolean;
}

/** The schemas that stand directly in one. */
export function innerSchemas(schema: unknown, path: Path): SchemaPlace[] {
  if (!isMapping(schema)) return [];
  return Object.entries(schema).flatMap(([name, value]) => {
    const keyword = Object.hasOwn(keywords, name) ? keywords[name]! : {};
    const isInPlace = keyword.isInPlace === true;
    const at = (key: string | number, inner: unknown) => ({ path: [...path, name, key], schema: inner, isInPlace });
    // In draft-07 `items` may be a list.
    if (Array.isArray(value) && (keyword.holds === "list" || name === "items"))
      return value.map((inner, index) => at(index, inner));
    if (keyword.holds === "one") return [{ path: [...path, name], schema: value, isInPlace }];
    if (keyword.holds === "named" && isMapping(value))
      return Object.entries(value).map(([key, inner]) => at(key, inner));
    return [];
  });
}

/** All schemas, the outermost first; `most` of them at most. */
export function allSchemas(schema: unknown, most = Number.POSITIVE_INFINITY): SchemaPlace[] {
  const found: SchemaPlace[] = [{ path: [], schema, isInPlace: false }];
  for (let i = 0; i < found.length && found.length <= most; i++)
    found.push(...innerSchemas(found[i]!.schema, found[i]!.path));
  return found;
}

/** Names a place. */
export const placeKey = (path: Path): string => JSON.stringify(path.map(String));

/** The place that a $ref within the schema names (RFC 6901); undefined for one of another document. */
export function refKey(ref: string): string | undefined {
  if (ref !== "#" && !ref.startsWith("#/")) return undefined;
  try {
    const keys = decodeURIComponent(ref).split("/").slice(1);
    return placeKey(keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")));
  } catch {
    return undefined;
  }
}
