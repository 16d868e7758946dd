// Documents that nobody would write: mutations of real files, made-up trees of the file's own words, and noise.
import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { type JsonSchema, specJsonSchema } from "../../src/spec/json-schema.ts";

const files = globSync(new URL("../golden/spec/*.yaml", import.meta.url).pathname).sort();
const texts = files.map((file) => readFileSync(file, "utf8"));

/** Pieces that YAML readers and this file's grammars stumble over. */
const fragments = [
  ..."\n\t \u0000\u001b\u0085\u2028:-?{}[],#&*!|>'\"%@`~<\\/.=",
  ...[
    "\r\n",
    "---\n",
    "...\n",
    "<<: ",
    "&a ",
    "*a ",
    "!!str ",
    "- ",
    "  ",
    ": ",
    "? ",
    "|\n",
    ">-\n",
    "# x\n",
    "\ufeff",
    "ä",
    "😀",
    "\ud800",
  ],
  ...[
    "null",
    "true",
    "1e999",
    "-1",
    "0x10",
    ".nan",
    "99999999999999999999",
    "5s",
    "10MiB",
    "100/s",
    "tag:api",
    "role:edge",
    "all",
    "__proto__",
    "constructor",
  ],
  ...[
    "10.0.0.0/8",
    "fd00::/8",
    "::",
    "*.example.com",
    "/orders/",
    "http://192.0.2.1:80",
    "tcp/80-90",
    "{client.ip}",
    "x".repeat(300),
  ],
];
const fragment = fc.constantFrom(...fragments);

/** A real file with a few cuts, copies and insertions. */
const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(fc.tuple(fc.nat(), fc.nat(30), fragment, fc.nat(4)), { minLength: 1, maxLength: 5 }),
  )
  .map(([text, edits]) => edits.reduce(edit, text));

function edit(text: string, [seed, length, piece, kind]: [number, number, string, number]): string {
  const at = seed % (text.length + 1);
  const [before, middle, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  if (kind === 0) return before + after;
  if (kind === 1) return before + middle + middle + after;
  if (kind === 2) return after + before + middle;
  return kind === 3 ? before + piece + middle + after : before + piece + after;
}

const words = [...new Set(wordsOf(specJsonSchema()))];

/** Every key and every word of the language. */
function wordsOf(schema: JsonSchema): string[] {
  return Object.entries(schema).flatMap(([key, value]): string[] => {
    if (typeof value !== "object" || value === null) return [];
    if (key === "properties")
      return Object.entries(value).flatMap(([name, inner]) => [name, ...wordsOf(inner as JsonSchema)]);
    if (key === "enum") return value as string[];
    return wordsOf(value as JsonSchema);
  });
}

const leaf = fc.oneof(
  fc.constantFrom(...words),
  fragment,
  fc.string({ maxLength: 12 }),
  fc.integer({ min: -2, max: 70_000 }),
  fc.constantFrom(true, false, null),
);

/** A tree in the shape of the file: sections with their own keys, and anything below. */
const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...words, "a", "b-1"), tie("node"), { maxKeys: 6 }),
  ),
  tree: fc.dictionary(fc.constantFrom(...Object.keys(specJsonSchema()["properties"] as object)), tie("node"), {
    maxKeys: 9,
  }),
}));
const madeUp: fc.Arbitrary<string> = tree.map((value) =>
  JSON.stringify({ version: 1, network: { name: "acme" }, ...(value as object) }, null, 1),
);

const noise: fc.Arbitrary<string> = fc
  .array(fc.oneof(fragment, fc.constantFrom(...words)), { maxLength: 60 })
  .map((parts) => parts.join(""));

/** A text of any of these kinds. */
export const anyDocument: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 3, arbitrary: madeUp },
  { weight: 2, arbitrary: noise },
);

/** Bytes, most of them not UTF-8. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 200 });
