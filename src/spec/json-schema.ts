// The file's language as JSON Schema (draft-07), for editors: completion, descriptions, and mistakes as they are typed.
import { z } from "zod";
import { expand, later } from "./not-yet.ts";
import { fileSchema } from "./schema.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema that `portway schema` prints. It knows forms, not meanings: `portway validate` checks more. */
export function specJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(fileSchema, { target: "draft-7", io: "input" }) as Record<string, unknown>;
  for (const path of later.flatMap((entry) => expand(entry.at))) {
    const field = fieldAt(schema, path.split("."));
    if (field) field["description"] = `${field["description"]} Not supported yet.`;
  }
  return { ...schema, title: "portway.yaml" };
}

/** The schema of the field at a path; `*` is any name or index. */
export function fieldAt(schema: JsonSchema, path: readonly string[]): Record<string, unknown> | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema as Record<string, unknown>;
  const inner =
    key === "*"
      ? (schema["additionalProperties"] ?? schema["items"])
      : (schema["properties"] as JsonSchema | undefined)?.[key];
  if (typeof inner === "object" && inner !== null) return fieldAt(inner as JsonSchema, rest);
  for (const branch of (schema["anyOf"] as JsonSchema[] | undefined) ?? []) {
    const found = fieldAt(branch, path);
    if (found) return found;
  }
  return undefined;
}
