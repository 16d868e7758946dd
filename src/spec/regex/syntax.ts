// Regular expressions as JSON Schema writes them (ECMA-262, by code points), as far as they are regular: what looks around
// or back cannot be run in time that goes with the text's length.
import { Fault, quote } from "../issue.ts";

/** Code points from the first to the last, both in it. */
export type Range = readonly [first: number, last: number];

export type Expression =
  | { readonly kind: "characters"; readonly ranges: readonly Range[] }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  | { readonly kind: "choice"; readonly parts: readonly Expression[] }
  | { readonly kind: "repeat"; readonly part: Expression; readonly least: number; readonly most: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

const lastPoint = 0x10ffff;
const mostRepeats = 1000;
const mostDepth = 20;

/** The complement of ranges in order. */
function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of inOrder(ranges)) {
    if (first > next) gaps.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return next > lastPoint ? gaps : [...gaps, [next, lastPoint]];
}

const inOrder = (ranges: readonly Range[]) => [...ranges].sort((a, b) => a[0] - b[0]);
const point = (text: string): Range => [text.codePointAt(0)!, text.codePointAt(0)!];
const points = (texts: string): Range[] => [...texts].map(point);

const digits: readonly Range[] = [[0x30, 0x39]];
const word: readonly Range[] = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const lineEnds = points("\n\r\u2028\u2029");
const space: readonly Range[] = [
  ...points("\t\v\f \u00a0\u1680\u202f\u205f\u3000\ufeff"),
  [0x2000, 0x200a],
  ...lineEnds,
];
const classes: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  D: complement(digits),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
};
const controls: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v", "0": "\0" };

const unsupported = (what: string) =>
  new Fault("notSupported", `${what} cannot be checked by the gateway`, "write the pattern without it");
const broken = (reason: string) =>
  new Fault("invalidPattern", `this pattern ${reason}`, "write a regular expression of ECMA-262");

/** What a pattern means; a Fault when it is none, or is not regular. */
export function parsePattern(pattern: string): Expression | Fault {
  const reader = new Reader(pattern);
  try {
    const expression = reader.choice(0);
    if (!reader.isAtEnd()) throw broken("has a ) without its (");
    return expression;
  } catch (fault) {
    if (fault instanceof Fault) return fault;
    throw fault;
  }
}

class Reader {
  readonly #text: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#text = [...pattern];
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  #takes(text: string): boolean {
    const isNext = [...text].every((character, index) => this.#text[this.#at + index] === character);
    if (isNext) this.#at += [...text].length;
    return isNext;
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw broken("ends too early");
    this.#at += 1;
    return character;
  }

  choice(depth: number): Expression {
    if (depth > mostDepth) throw broken("has too many groups in each other");
    const parts = [this.#sequence(depth)];
    while (this.#takes("|")) parts.push(this.#sequence(depth));
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(depth: number): Expression {
    const parts: Expression[] = [];
    while (!this.isAtEnd() && this.#text[this.#at] !== "|" && this.#text[this.#at] !== ")")
      parts.push(this.#term(depth));
    return { kind: "sequence", parts };
  }

  #term(depth: number): Expression {
    if (this.#takes("^")) return { kind: "start" };
    if (this.#takes("$")) return { kind: "end" };
    const part = this.#atom(depth);
    const limits = this.#quantifier();
    return limits ? { kind: "repeat", part, ...limits } : part;
  }

  #atom(depth: number): Expression {
    const character = this.#next();
    if (character === "(") return this.#group(depth);
    if (character === "[") return { kind: "characters", ranges: this.#set() };
    if (character === ".") return { kind: "characters", ranges: complement(lineEnds) };
    if (character === "\\") return { kind: "characters", ranges: this.#escape() };
    if ("*+?{}]".includes(character)) throw broken(`has ${quote(character)} where nothing comes before it`);
    return { kind: "characters", ranges: [point(character)] };
  }

  #group(depth: number): Expression {
    if (this.#takes("?")) {
      if (!this.#takes(":")) {
        if (!this.#takes("<") || "=!".includes(this.#text[this.#at] ?? "="))
          throw unsupported("looking ahead or behind");
        while (this.#next() !== ">");
      }
    }
    const inner = this.choice(depth + 1);
    if (!this.#takes(")")) throw broken("has a ( without its )");
    return inner;
  }

  #quantifier(): { least: number; most: number } | undefined {
    const limits = this.#limits();
    if (limits) this.#takes("?"); // fewest first: the same texts match
    return limits;
  }

  #limits(): { least: number; most: number } | undefined {
    if (this.#takes("*")) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#takes("+")) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#takes("?")) return { least: 0, most: 1 };
    if (!this.#takes("{")) return undefined;
    let text = "";
    for (let one = this.#next(); one !== "}"; one = this.#next()) text += one;
    const match = /^(\d{1,5})(,?)(\d{0,5})$/.exec(text);
    if (!match || (match[2] === "" && match[3] !== "")) throw broken(`has {${text}}, which is no number of times`);
    const least = Number(match[1]);
    const most = match[2] === "" ? least : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (most < least) throw broken(`repeats at least ${least} and at most ${most} times`);
    if (least > mostRepeats || (Number.isFinite(most) && most > mostRepeats))
      throw new Fault("outOfRange", `this pattern repeats more than ${mostRepeats} times`, "use maxLength for lengths");
    return { least, most };
  }

  /** After a backslash, outside and inside of brackets. */
  #escape(): readonly Range[] {
    const character = this.#next();
    const named = Object.hasOwn(classes, character) ? classes[character] : undefined;
    if (named) return named;
    if (Object.hasOwn(controls, character) && !(character === "0" && /\d/.test(this.#text[this.#at] ?? "")))
      return points(controls[character]!);
    if (character === "x") return [this.#hex(2)];
    if (character === "u") return [this.#unicode()];
    if (character === "c") {
      const letter = this.#next();
      if (!/[A-Za-z]/.test(letter)) throw broken("has a \\c without its letter");
      return [point(String.fromCharCode(letter.charCodeAt(0) % 32))];
    }
    if (/[1-9k]/.test(character)) throw unsupported("what a group matched before (\\1)");
    if (/[bB]/.test(character)) throw unsupported("the bounds of words (\\b)");
    if (/[pP]/.test(character)) throw unsupported("a class of Unicode (\\p{…})");
    if (/[A-Za-z0-9]/.test(character)) throw broken(`has \\${character}, which means nothing`);
    return [point(character)];
  }

  #hex(length: number): Range {
    let text = "";
    for (let i = 0; i < length; i++) text += this.#next();
    if (!/^[0-9A-Fa-f]+$/.test(text)) throw broken("has an escape without its hex digits");
    return [Number.parseInt(text, 16), Number.parseInt(text, 16)];
  }

  #unicode(): Range {
    if (!this.#takes("{")) {
      const [high] = this.#hex(4);
      if (high < 0xd800 || high > 0xdbff || !this.#takes("\\u")) return [high, high];
      const [low] = this.#hex(4);
      const both = 0x10000 + (high - 0xd800) * 1024 + (low - 0xdc00);
      return [both, both];
    }
    let text = "";
    for (let one = this.#next(); one !== "}"; one = this.#next()) text += one;
    const code = /^[0-9A-Fa-f]{1,6}$/.test(text) ? Number.parseInt(text, 16) : lastPoint + 1;
    if (code > lastPoint) throw broken(`has \\u{${text}}, which is no character`);
    return [code, code];
  }

  #set(): Range[] {
    const isNegated = this.#takes("^");
    const ranges: Range[] = [];
    while (!this.#takes("]")) {
      const first = this.#member();
      if (this.#text[this.#at] === "-" && this.#text[this.#at + 1] !== "]") {
        this.#at += 1;
        const last = this.#member();
        if (first.length !== 1 || last.length !== 1 || first[0]![0] !== first[0]![1] || last[0]![0] < first[0]![0])
          throw broken("has a range in brackets whose ends are in no order");
        ranges.push([first[0]![0], last[0]![1]]);
      } else {
        ranges.push(...first);
      }
    }
    return isNegated ? complement(ranges) : ranges;
  }

  #member(): readonly Range[] {
    const character = this.#next();
    if (character !== "\\") return [point(character)];
    if (this.#takes("b")) return [point("\b")];
    return this.#takes("-") ? [point("-")] : this.#escape();
  }
}
