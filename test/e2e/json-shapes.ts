// What `--json` promises to scripts: which keys each answer has, to any depth, and of what type. Values do not matter.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An object has its keys' shapes, a list the shapes of its items (one, when all are alike), anything else its type. */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

const golden = join(import.meta.dirname, "../golden/cli/json-shapes.json");

/** A key that only some items of a list have ends with `?`. */
function shapeOf(value: unknown): Shape {
  if (value === null) return "null";
  if (Array.isArray(value)) return together(value);
  if (typeof value !== "object") return typeof value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function together(items: readonly unknown[]): Shape[] {
  const objects = items.filter((item) => typeof item === "object" && item !== null && !Array.isArray(item));
  const others = items.filter((item) => !objects.includes(item)).map((item) => JSON.stringify(shapeOf(item)));
  const shapes = [...new Set(others)].sort().map((text) => JSON.parse(text) as Shape);
  return objects.length === 0 ? shapes : [merged(objects as Readonly<Record<string, unknown>>[]), ...shapes];
}

function merged(objects: readonly Readonly<Record<string, unknown>>[]): Shape {
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();
  const entries = keys.map((key) => {
    const having = objects.filter((object) => key in object);
    const values = having.map((object) => object[key]);
    const lists = values.every((value) => Array.isArray(value));
    const shapes = lists ? [together(values.flat())] : together(values);
    return [having.length < objects.length ? `${key}?` : key, shapes.length === 1 ? shapes[0]! : shapes];
  });
  return Object.fromEntries(entries) as Shape;
}

/**
 * Compares with test/golden/cli/json-shapes.json; with PORTWAY_GOLDEN=write it writes that file anew: read the diff, since
 * a key that goes or changes its type breaks somebody's script.
 */
export function assertShapes(answers: Readonly<Record<string, unknown>>): void {
  const shapes = Object.fromEntries(Object.entries(answers).map(([command, answer]) => [command, shapeOf(answer)]));
  if (process.env["PORTWAY_GOLDEN"] === "write") writeFileSync(golden, `${JSON.stringify(shapes, null, 2)}\n`);
  assert.deepEqual(shapes, existsSync(golden) ? JSON.parse(readFileSync(golden, "utf8")) : {});
}
