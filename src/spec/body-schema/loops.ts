// Schemas that hold for one value, through $ref and the keywords that combine them: a chain that comes back to its start
// would never end, and a long one multiplies work.
import { Fault } from "../issue.ts";
import { isMapping } from "../raw.ts";
import type { SchemaFault } from "./check.ts";
import { innerSchemas, placeKey, refKey, type SchemaPlace } from "./places.ts";

/** The longest chain of schemas for one value. */
const longestChain = 16;

/** What is wrong with chains; one fault at most, since others mostly follow from it. */
export function loops(places: readonly SchemaPlace[]): readonly SchemaFault[] {
  const byKey = new Map(places.map((place) => [placeKey(place.path), place]));
  const lengths = new Map<string, number>();
  const open = new Set<string>();
  const found: SchemaFault[] = [];
  const report = (path: SchemaPlace["path"], message: string, hint: string) => {
    if (found.length === 0) found.push({ path, fault: new Fault("schemaLoop", message, hint) });
  };

  function lengthFrom(key: string): number {
    const known = lengths.get(key);
    if (known !== undefined) return known;
    const place = byKey.get(key)!;
    if (open.has(key)) {
      report(place.path, "this schema holds itself, for the same value", "put properties or items between the two");
      return 0;
    }
    open.add(key);
    const length = 1 + Math.max(0, ...nextKeys(place).map(lengthFrom));
    open.delete(key);
    lengths.set(key, length);
    if (length > longestChain)
      report(place.path, `more than ${longestChain} schemas hold for one value here`, "write some of them as one");
    return length;
  }

  for (const { path } of places) lengthFrom(placeKey(path));
  return found;
}

function nextKeys({ schema, path }: SchemaPlace): string[] {
  const inner = innerSchemas(schema, path).filter((one) => one.isInPlace);
  const ref = isMapping(schema) && typeof schema["$ref"] === "string" ? refKey(schema["$ref"]) : undefined;
  return [...inner.map((one) => placeKey(one.path)), ...(ref === undefined ? [] : [ref])];
}
