import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fault } from "../issue.ts";
import { type Automaton, automatonOf, matched } from "./automaton.ts";

function runs({ start, classes, width, next, ends }: Automaton, text: string): boolean {
  let state = start;
  for (const byte of Buffer.from(text)) if (state >= 0) state = next[state * width + classes[byte]!]!;
  return state < 0 ? state === matched : ends[state] === 1;
}

/** Compares with RegExp; false when the pattern needs too large a table. */
function agrees(pattern: string, texts: readonly string[]): boolean {
  const automaton = automatonOf(pattern);
  if (automaton instanceof Fault) {
    assert.equal(automaton.code, "outOfRange", `${pattern}: ${automaton.message}`);
    return false;
  }
  const expected = new RegExp(`^[^]*?(?:${pattern})`, "u"); // as it stands, V8 finds /[^a]$/u in no text that ends in U+1F600
  for (const text of texts)
    assert.equal(runs(automaton, text), expected.test(text), `${pattern} on ${JSON.stringify(text)}`);
  return true;
}

test("what RegExp matches, and nothing else", () => {
  const patterns = [
    ...[
      "",
      "a",
      "^a",
      "a$",
      "^a$",
      "^$",
      "^",
      "$",
      "a|b",
      "^a|b$",
      "(^|,)a(,|$)",
      "^(?:ab|cd)+$",
      "a*^b",
      "(a|^)(b|^)c",
    ],
    ...[
      "^[a-c]{2,3}$",
      "^[^a-c]+$",
      "^.{2}$",
      ".",
      "^\\d+\\.\\d{2}$",
      "^\\w+\\s\\S$",
      "\\D\\W",
      "[\\d,-]",
      "[a-]$",
      "[]",
      "[^]",
    ],
    ...[
      "^(?<year>\\d{4})$",
      "a{0}b",
      "a{2,}",
      "(a?b?)*c",
      "a+?b*?$",
      "\\u00e9",
      "\\u{1f600}",
      "\\ud83d\\ude00",
      "\\x41\\t\\/",
      "[\\u0400-\\u04ff]",
    ],
  ];
  const texts = [
    "",
    "a",
    "b",
    "c",
    "ab",
    "abc",
    "abcd",
    "cd",
    "ba",
    ",a,",
    "x,a",
    "1.25",
    "12.5",
    "a b",
    "A\t/",
    "2024",
    "\n",
    "-",
    "aaa",
  ];
  const more = [
    "caf\u00e9",
    "\u{1f600}",
    "\u0416",
    "\u2028",
    "b\nc",
    "aab",
    "a\u{1f600}",
    "\u{10ffff}",
    "\ud7ff",
    "\ue000",
  ];
  for (const pattern of patterns) assert.ok(agrees(pattern, [...texts, ...more]), pattern);
});

test("random patterns match as RegExp's do", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "\u00e9",
    "[\u00e0-\u{1f600}]",
    "1",
    "^",
    "$",
  );
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      atom,
      fc.array(tie("pattern"), { maxLength: 3 }).map((parts) => parts.join("")),
      fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{0,1}?", "{2,}"))
        .map(([a, q]) => `(${a})${q}`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "1", "\u00e9", "\n", "\u{1f600}", "\u00ff"), maxLength: 6 });
  let compared = 0;
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 10, maxLength: 20 }), (one, texts) => {
      if (agrees(one, texts)) compared++;
    }),
    { numRuns: 500 },
  );
  assert.ok(compared > 300, `${compared} patterns were compared`);
});

test("what is not regular, or no expression, is refused with its reason", () => {
  const table: readonly (readonly [pattern: string, code: string, part: RegExp])[] = [
    ["(?=a)b", "notSupported", /looking ahead/],
    ["(?<!a)b", "notSupported", /looking ahead/],
    ["(a)\\1", "notSupported", /\\1/],
    ["\\k<a>", "notSupported", /\\1/],
    ["\\bword", "notSupported", /words/],
    ["\\p{L}", "notSupported", /Unicode/],
    ["a(", "invalidPattern", /without its \)/],
    ["a)", "invalidPattern", /without its \(/],
    ["*a", "invalidPattern", /nothing comes before/],
    ["a{2,1}", "invalidPattern", /at least 2 and at most 1/],
    ["a{,3}", "invalidPattern", /no number of times/],
    ["[b-a]", "invalidPattern", /no order/],
    ["[\\d-z]", "invalidPattern", /no order/],
    ["[a", "invalidPattern", /ends too early/],
    ["a\\", "invalidPattern", /ends too early/],
    ["\\xzz", "invalidPattern", /hex/],
    ["\\u{110000}", "invalidPattern", /no character/],
    ["\\y", "invalidPattern", /means nothing/],
    ["a{1001}", "outOfRange", /1000 times/],
    ["(?:a{1000}){1000}", "outOfRange", /too many states/],
    ["(a|b)*a(a|b){16}", "outOfRange", /too many states/],
    ["(".repeat(30) + ")".repeat(30), "invalidPattern", /too many groups/],
  ];
  for (const [pattern, code, part] of table) {
    const fault = automatonOf(pattern);
    assert.ok(fault instanceof Fault, pattern);
    assert.equal(fault.code, code, pattern);
    assert.match(fault.message, part);
  }
});
