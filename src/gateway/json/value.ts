// JSON as the gateway holds it: every kind apart from the others, which plain Lua tables are not.

export type Json = string | number | boolean | JsonNull | JsonArray | JsonObject;

export interface JsonNull {
  readonly kind: "null";
}

export interface JsonArray {
  readonly kind: "array";
  readonly items: Json[];
}

export interface JsonObject {
  readonly kind: "object";
  /** In the order of the text. */
  readonly names: string[];
  readonly members: Record<string, Json | undefined>;
}

export type JsonKind = "string" | "number" | "boolean" | "null" | "array" | "object";

export const jsonNull: JsonNull = { kind: "null" };

export function kindOf(value: Json): JsonKind {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return value.kind;
}

/** A table for keys that strangers choose: in JavaScript none of them is there before. */
export function emptyTable<Value>(): Record<string, Value | undefined> {
  return { __proto__: null } as unknown as Record<string, Value | undefined>;
}
