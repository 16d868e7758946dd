// JSON (RFC 8259) from strangers, read in the strictest way: what two readers could take for two different things is
// refused. That is a member that comes twice, text that is no UTF-8, half of a surrogate pair, a byte order mark, a number
// beyond a double, and nesting without end. lua-cjson passes all of these, and does not tell `[]` from `{}`.
import { encoded, sequenceLength } from "./utf8.ts";
import { emptyTable, type Json, type JsonArray, type JsonObject, jsonNull } from "./value.ts";

/** The deepest nesting of lists and objects that is read. */
const mostDepth = 32;

/** What is wrong with a text. */
export type JsonProblem = "syntax" | "encoding" | "duplicate" | "number" | "depth";

/** The text that is being read; places count from 1. */
const input = { text: "", at: 1, depth: 0, problem: undefined as JsonProblem | undefined };

/** The value of a text; otherwise why there is none, and the byte where that shows. */
export type ParsedJson =
  | { readonly value: Json; readonly problem?: undefined }
  | { readonly problem: JsonProblem; readonly at: number };

export function parseJson(text: string): ParsedJson {
  input.text = text;
  input.at = 1;
  input.depth = 0;
  input.problem = undefined;
  skipSpace();
  const value = readValue();
  skipSpace();
  if (input.problem === undefined && input.at <= text.length) fail("syntax");
  input.text = "";
  if (value === undefined || input.problem !== undefined) return { problem: input.problem ?? "syntax", at: input.at };
  return { value };
}

function fail(problem: JsonProblem): undefined {
  input.problem ??= problem;
  return undefined;
}

function skipSpace(): void {
  const text = input.text;
  let at = input.at;
  let byte = string.byte(text, at);
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    at++;
    byte = string.byte(text, at);
  }
  input.at = at;
}

function readValue(): Json | undefined {
  const byte = string.byte(input.text, input.at);
  if (byte === 0x22) return readString();
  if (byte === 0x7b) return readObject();
  if (byte === 0x5b) return readArray();
  if (byte === 0x74) return readWord("true", true);
  if (byte === 0x66) return readWord("false", false);
  if (byte === 0x6e) return readWord("null", jsonNull);
  return readNumber();
}

function readWord(word: string, value: Json): Json | undefined {
  if (string.sub(input.text, input.at, input.at + word.length - 1) !== word) return fail("syntax");
  input.at += word.length;
  return value;
}

/** True when the byte is next; then it is behind. */
function takes(byte: number): boolean {
  if (string.byte(input.text, input.at) !== byte) return false;
  input.at++;
  return true;
}

/** Begins a list or an object. */
function enter(): boolean {
  input.at++;
  input.depth++;
  if (input.depth > mostDepth) fail("depth");
  skipSpace();
  return input.problem === undefined;
}

function leave<Value>(value: Value): Value {
  input.depth--;
  return value;
}

function readArray(): JsonArray | undefined {
  const items: Json[] = [];
  const array: JsonArray = { kind: "array", items };
  if (!enter()) return undefined;
  if (takes(0x5d)) return leave(array);
  while (true) {
    const value = readValue();
    if (value === undefined) return undefined;
    items.push(value);
    skipSpace();
    if (takes(0x5d)) return leave(array);
    if (!takes(0x2c)) return fail("syntax");
    skipSpace();
  }
}

function readObject(): JsonObject | undefined {
  const names: string[] = [];
  const members = emptyTable<Json>();
  const object: JsonObject = { kind: "object", names, members };
  if (!enter()) return undefined;
  if (takes(0x7d)) return leave(object);
  while (true) {
    const start = input.at;
    if (string.byte(input.text, start) !== 0x22) return fail("syntax");
    const name = readString();
    if (name === undefined) return undefined;
    if (members[name] !== undefined) {
      input.at = start;
      return fail("duplicate");
    }
    skipSpace();
    if (!takes(0x3a)) return fail("syntax");
    skipSpace();
    const value = readValue();
    if (value === undefined) return undefined;
    names.push(name);
    members[name] = value;
    skipSpace();
    if (takes(0x7d)) return leave(object);
    if (!takes(0x2c)) return fail("syntax");
    skipSpace();
  }
}

/** From one quote to the other; most texts have nothing to decode and are cut out whole. */
function readString(): string | undefined {
  const text = input.text;
  let at = input.at + 1;
  let start = at;
  let decoded = "";
  while (true) {
    const byte = string.byte(text, at);
    if (byte === 0x22) {
      input.at = at + 1;
      const rest = string.sub(text, start, at - 1);
      return decoded === "" ? rest : decoded + rest;
    }
    if (byte === 0x5c) {
      input.at = at;
      const character = readEscape();
      if (character === undefined) return undefined;
      decoded += string.sub(text, start, at - 1) + character;
      at = input.at;
      start = at;
    } else if (byte === undefined || byte < 0x20) {
      input.at = at;
      return fail("syntax");
    } else if (byte < 0x80) {
      at++;
    } else {
      const length = sequenceLength(text, at);
      input.at = at;
      if (length === 0) return fail("encoding");
      at += length;
    }
  }
}

const escapes: Readonly<Record<number, string | undefined>> = {
  34: '"',
  92: "\\",
  47: "/",
  98: "\b",
  102: "\f",
  110: "\n",
  114: "\r",
  116: "\t",
};

/** From a backslash on. */
function readEscape(): string | undefined {
  const letter = string.byte(input.text, input.at + 1) ?? 0;
  if (letter !== 0x75) {
    const character = escapes[letter];
    if (character === undefined) return fail("syntax");
    input.at += 2;
    return character;
  }
  const unit = hexUnit(input.at + 2);
  if (unit < 0) return fail("syntax");
  if (unit < 0xd800 || unit > 0xdfff) {
    input.at += 6;
    return encoded(unit);
  }
  const isPair = unit < 0xdc00 && string.sub(input.text, input.at + 6, input.at + 7) === "\\u";
  const low = isPair ? hexUnit(input.at + 8) : -1;
  if (low < 0xdc00 || low > 0xdfff) return fail("encoding");
  input.at += 12;
  return encoded(0x10000 + (unit - 0xd800) * 1024 + (low - 0xdc00));
}

/** Four hex digits as a number; negative when they are not. */
function hexUnit(at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = string.byte(input.text, i) ?? 0;
    const lower = byte >= 0x41 && byte <= 0x46 ? byte + 0x20 : byte;
    const digit = isDigit(byte) ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** The place after the digits from here on; where it stands when there is none. */
function pastDigits(from: number): number {
  let at = from;
  while (isDigit(string.byte(input.text, at))) at++;
  return at;
}

function readNumber(): number | undefined {
  const { text, at: start } = input;
  let at = string.byte(text, start) === 0x2d ? start + 1 : start;
  const digits = at;
  at = pastDigits(at);
  if (at === digits || (string.byte(text, digits) === 0x30 && at > digits + 1)) return fail("syntax");
  if (string.byte(text, at) === 0x2e) {
    const end = pastDigits(at + 1);
    if (end === at + 1) return fail("syntax");
    at = end;
  }
  const letter = string.byte(text, at);
  if (letter === 0x65 || letter === 0x45) {
    const sign = string.byte(text, at + 1);
    const first = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    at = pastDigits(first);
    if (at === first) return fail("syntax");
  }
  const value = Number(string.sub(text, start, at - 1));
  if (value - value !== 0) return fail("number");
  input.at = at;
  return value;
}
