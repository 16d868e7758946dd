// Text to YAML tokens, counted while they come: the reader that makes values of them calls itself for each level.
import { type CST, Lexer, type LineCounter, Parser } from "yaml";
import { errorAt, type Finding, type Issue } from "./issue.ts";
import { issueAt } from "./place.ts";

/** Control reads files in its own event loop: this many take 2 s of a core. */
const maxTokens = 400_000;
/** Of the parser's stack; each level of the file takes up to two of it. */
const maxStack = 64;

/** The tokens of one document, or why the text holds none. Fills in where lines start. */
export function readTokens(text: string, lines: LineCounter): readonly CST.Token[] | Issue {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  let count = 0;
  let before = "";
  for (const lexeme of new Lexer().lex(text)) {
    if (before !== scalarMark && isOpenQuote(lexeme)) return issueAt(lines, parser.offset, openQuote);
    before = lexeme;
    tokens.push(...parser.next(lexeme));
    count += 1;
    if (parser.stack.length > maxStack) return issueAt(lines, parser.offset - 1, tooDeep);
    if (count > maxTokens) return issueAt(lines, parser.offset - 1, tooMany);
  }
  tokens.push(...parser.end());
  return unwanted(tokens, lines) ?? tokens;
}

const openQuote = errorAt([], "yamlSyntax", "this quote is never closed", "close it on the same line");
const tooDeep = errorAt(
  [],
  "tooDeep",
  "values are nested too deeply here",
  "is a bracket left open? The file needs fewer than 10 levels",
);
const tooMany = errorAt(
  [],
  "fileTooLarge",
  `the file has more than ${maxTokens.toLocaleString("en")} YAML tokens`,
  "is this the right file?",
);

/** Stands before a plain scalar, which may have any quotes in it. */
const scalarMark = "\u001f";

function isOpenQuote(lexeme: string): boolean {
  if (lexeme[0] === "'") return lexeme.split("'").length % 2 === 0; // two in a row are an escape
  if (lexeme[0] !== '"') return false;
  let backslashes = 0;
  while (lexeme.at(-2 - backslashes) === "\\") backslashes += 1;
  return lexeme.length < 2 || lexeme.at(-1) !== '"' || backslashes % 2 === 1;
}

/** Directives and further documents, found before anything is made of them. */
function unwanted(tokens: readonly CST.Token[], lines: LineCounter): Issue | undefined {
  const at = (token: CST.Token | undefined, finding: Finding) => token && issueAt(lines, token.offset, finding);
  const directive = tokens.find((token) => token.type === "directive" && !/^%YAML\s+1\.2\s*$/.test(token.source));
  const [, second] = tokens.filter((token) => token.type === "document");
  return (
    at(
      directive,
      errorAt([], "yamlSyntax", "the file has a YAML directive (%…)", "take the line out: the file is YAML 1.2"),
    ) ??
    at(
      second,
      errorAt([], "severalDocuments", "the file holds more than one YAML document", "take out what follows ---"),
    )
  );
}
