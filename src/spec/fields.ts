// The kinds of fields the file is made of, as zod schemas. A built-in zod error carries only our hint as its message (the
// sentence is made where the path is known); a fault of a field's own grammar carries `sentence\nhint`.
import { z } from "zod";
import { Fault, quote } from "./issue.ts";

export interface FieldDoc {
  /** What the field means: shown by editors. */
  readonly description: string;
  /** What to write. */
  readonly hint: string;
  readonly pattern?: RegExp;
  readonly examples?: readonly string[];
}

/** A mapping with exactly these keys. */
export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  description: string,
  hint = "write `key: value`",
) {
  const known = Object.keys(shape).join(" ");
  return z
    .strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? known : hint) })
    .meta({ description });
}

/** A list; no entry twice unless told. */
export function list<Item extends z.ZodType>(
  item: Item,
  doc: FieldDoc,
  limits: { min?: number; max?: number; unique?: boolean } = {},
) {
  const { min = 0, max = 10_000, unique = true } = limits;
  const error = doc.hint;
  const items = min > 0 ? z.array(item, { error }).min(min, { error }) : z.array(item, { error });
  const bounded = items.max(max, { error: `write ${max} entries at most` });
  const checked = unique ? bounded.superRefine(refuseRepeats) : bounded;
  return checked.meta({ description: doc.description });
}

function refuseRepeats(items: readonly unknown[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item);
    if (seen.has(text))
      addFault(context, new Fault("duplicateEntry", "this entry is in the list twice", "take one out"), [index]);
    seen.add(text);
  }
}

/** Text with a grammar of its own. */
export function parsed<Value>(doc: FieldDoc, parse: (text: string) => Value | Fault) {
  return z
    .string({ error: doc.hint })
    .meta({
      description: doc.description,
      ...(doc.pattern && { pattern: doc.pattern.source }),
      ...(doc.examples && { examples: doc.examples }),
    })
    .transform((text, context): Value => {
      const value = parse(text);
      if (!(value instanceof Fault)) return value;
      addFault(context, value);
      return z.NEVER;
    });
}

export function addFault(context: z.RefinementCtx, fault: Fault, path: (string | number)[] = []): void {
  context.addIssue({ code: "custom", message: `${fault.message}\n${fault.hint}`, params: { code: fault.code }, path });
}

/** A whole number in a range, ends included. */
export function integer(min: number, max: number, description: string) {
  const hint = `write a whole number from ${min} to ${max}`;
  return z.int({ error: hint }).min(min, { error: hint }).max(max, { error: hint }).meta({ description });
}

export function port(description: string) {
  return integer(1, 65535, description);
}

export function flag(description: string) {
  return z.boolean({ error: "write true or false" }).meta({ description });
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words, description: string) {
  return z.enum(words, { error: `write ${words.join(", ")}` }).meta({ description });
}

/** An absolute path on a host. */
export function filePath(description: string) {
  const hint = "write an absolute path such as /etc/portway/api.pem";
  return parsed({ description, hint, pattern: /^\// }, (text) => {
    if (/^\/\P{Cc}{1,4095}$/u.test(text)) return text;
    return new Fault("invalidPath", `${quote(text)} is not an absolute path`, hint);
  });
}

/** Any text without control characters. */
export function plainText(description: string, hint: string) {
  return parsed({ description, hint }, (text) => {
    if (/^\P{Cc}{1,4096}$/u.test(text)) return text;
    const reason = text === "" ? "is empty" : "is too long or has control characters in it";
    return new Fault("invalidText", `this text ${reason}`, hint);
  });
}
