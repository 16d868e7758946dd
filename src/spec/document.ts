// Text to a plain value whose parts know their place. Whatever the text is, the work is bounded: its bytes, its tokens,
// its depth and the values that aliases multiply are counted before they cost anything.
import { Composer, type CST, type Document, Lexer, LineCounter, Parser } from "yaml";
import { type Finding, type Issue, printable } from "./issue.ts";
import { issueAt, type Place } from "./place.ts";
import { TreeReader } from "./tree.ts";
import { explainYaml } from "./yaml-errors.ts";

export const maxBytes = 1024 * 1024;
const maxTokens = 600_000;
/** Of the reader's stack; each level of the file takes up to two of it. */
const maxStack = 64;
const maxYamlErrors = 20;

export interface FileDocument {
  readonly value: unknown;
  readonly root: Place;
  readonly lines: LineCounter;
}

export interface Reading {
  /** Absent when the text has no value that could be checked. */
  readonly document?: FileDocument;
  readonly issues: readonly Issue[];
}

/** Reads the file's bytes or text; never throws. */
export function readDocument(input: string | Uint8Array): Reading {
  const text = decode(input);
  if (typeof text !== "string") return { issues: [text] };
  const unprintable = text.search(unprintablePattern);
  if (unprintable >= 0) return { issues: [controlCharacter(text, unprintable)] };
  const lines = new LineCounter();
  const tokens = tokenize(text, lines);
  if (!Array.isArray(tokens)) return { issues: [tokens] };
  const unwanted = unwantedToken(tokens, lines);
  if (unwanted) return { issues: [unwanted] };
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, merge: false });
  const [parsed] = composer.compose(tokens);
  if (!parsed?.contents) return { issues: [emptyFile(lines)] };
  const broken = yamlIssues(parsed, lines);
  if (broken.length > 0) return { issues: broken };
  const reader = new TreeReader(lines);
  const { value, place } = reader.read(parsed.contents);
  return { document: { value, root: place, lines }, issues: reader.issues };
}

function decode(input: string | Uint8Array): string | Issue {
  const bytes = typeof input === "string" ? Buffer.byteLength(input) : input.length;
  if (bytes > maxBytes) {
    const message = `the file is ${(bytes / 1e6).toFixed(1)} MB; the limit is 1 MiB`;
    return issueOnLine(1, 1, error("fileTooLarge", message, "is this the right file?"));
  }
  if (typeof input === "string") return input.replace(/^\ufeff/, "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(input);
  } catch {
    return notUtf8(input);
  }
}

function notUtf8(bytes: Uint8Array): Issue {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const line = lines.findIndex((text) => text.includes("\ufffd"));
  const column = lines[line]!.indexOf("\ufffd") + 1;
  return issueOnLine(
    line + 1,
    column,
    error("notUtf8", "the file is not UTF-8 text", "save it with the encoding UTF-8"),
  );
}

/** All but what YAML 1.2 section 5.1 calls printable; of line breaks only those that every editor shows as one. */
const unprintablePattern =
  /[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\r(?!\n)/u;

function controlCharacter(text: string, offset: number): Issue {
  const before = text.slice(0, offset).split("\n");
  const message = `the file has the control character ${printable(text.slice(offset, offset + 1))} here`;
  const hint = "take it out; was the file saved by another program or with another encoding?";
  return issueOnLine(before.length, before.at(-1)!.length + 1, error("controlCharacter", message, hint));
}

function tokenize(text: string, lines: LineCounter): CST.Token[] | Issue {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let count = 0;
  lines.addNewLine(0);
  let before = "";
  for (const lexeme of new Lexer().lex(text)) {
    if (before !== scalarMark && isOpenQuote(lexeme)) {
      return issueAt(
        lines,
        parser.offset,
        error("yamlSyntax", "this quote is never closed", "close it on the same line"),
      );
    }
    before = lexeme;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > maxStack) {
      const hint = "is a bracket left open? The file needs fewer than 10 levels";
      return issueAt(lines, parser.offset - 1, error("tooDeep", "values are nested too deeply here", hint));
    }
    count += 1;
    if (count > maxTokens) {
      const message = `the file has more than ${maxTokens.toLocaleString("en")} YAML tokens`;
      return issueAt(lines, parser.offset - 1, error("fileTooLarge", message, "is this the right file?"));
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Stands before a plain scalar, which may have any quotes in it. */
const scalarMark = "\u001f";

function isOpenQuote(lexeme: string): boolean {
  const quote = lexeme[0];
  if (quote === "'") return (lexeme.split("'").length - 1) % 2 === 1;
  if (quote !== '"') return false;
  let backslashes = 0;
  while (lexeme.at(-2 - backslashes) === "\\") backslashes += 1;
  return lexeme.length < 2 || lexeme.at(-1) !== '"' || backslashes % 2 === 1;
}

/** Directives and further documents, found before anything is made of them. */
function unwantedToken(tokens: readonly CST.Token[], lines: LineCounter): Issue | undefined {
  const directive = tokens.find((token) => token.type === "directive" && !/^%YAML\s+1\.2\s*$/.test(token.source));
  if (directive) {
    const message = "the file has a YAML directive (%…)";
    return issueAt(lines, directive.offset, error("yamlSyntax", message, "take the line out: the file is YAML 1.2"));
  }
  const second = tokens.filter((token) => token.type === "document")[1];
  if (!second) return undefined;
  const hint = "keep one document: take out what follows ---";
  return issueAt(lines, second.offset, error("severalDocuments", "the file holds more than one YAML document", hint));
}

/** One a line, and none past the place where the reader lost its way: the others are mostly consequences. */
function yamlIssues(parsed: Document, lines: LineCounter): Issue[] {
  const found = [...parsed.errors, ...parsed.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const lost = found.findIndex((one) => /in YAML stream|at node end/.test(one.message));
  const byLine = new Map<number, Issue>();
  for (const one of lost < 0 ? found : found.slice(0, lost + 1)) {
    const issue = issueAt(lines, one.pos[0], error("yamlSyntax", "", ""));
    if (byLine.size < maxYamlErrors && !byLine.has(issue.line))
      byLine.set(issue.line, { ...issue, ...explainYaml(one) });
  }
  return [...byLine.values()];
}

function emptyFile(lines: LineCounter): Issue {
  return issueAt(lines, 0, error("emptyFile", "the file says nothing", "`portway init` writes one to start from"));
}

function issueOnLine(line: number, column: number, { severity, code, message, hint }: Finding): Issue {
  return { severity, code, line, column, path: "", message, hint };
}

function error(code: string, message: string, hint: string): Finding {
  return { severity: "error", code, path: [], message, hint };
}
