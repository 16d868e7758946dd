// Text to a plain value whose parts know their place. Whatever the text is, the work is bounded: its bytes, its tokens,
// its depth and the values that aliases multiply are counted before they cost anything.
//
//   text.ts  bytes to text      tokens.ts  text to tokens      tree.ts  nodes to values and places
import { Composer, type Document, LineCounter, type YAMLError } from "yaml";
import { errorAt, type Issue } from "./issue.ts";
import { issueAt, type Place } from "./place.ts";
import { readText } from "./text.ts";
import { readTokens } from "./tokens.ts";
import { TreeReader } from "./tree.ts";
import { explainYaml, isIndentation } from "./yaml-errors.ts";

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

/** Reads the bytes or text of a file (one of up to 1 MiB unless told); never throws. */
export function readDocument(input: string | Uint8Array, maxBytes?: number): Reading {
  const text = readText(input, maxBytes);
  if (typeof text !== "string") return { issues: [text] };
  const lines = new LineCounter();
  const tokens = readTokens(text, lines);
  if ("code" in tokens) return { issues: [tokens] };
  const [parsed] = new Composer({ uniqueKeys: false, prettyErrors: false, merge: false }).compose(tokens);
  if (!parsed?.contents) return { issues: [issueAt(lines, 0, emptyFile)] };
  const broken = yamlIssues(parsed, lines);
  if (broken.length > 0) return { issues: broken };
  const reader = new TreeReader(lines);
  const { value, place } = reader.read(parsed.contents);
  const whole = reader.issues.every((issue) => issue.code === "duplicateKey");
  return { ...(whole && { document: { value, root: place, lines } }), issues: reader.issues };
}

const emptyFile = errorAt([], "emptyFile", "the file says nothing", "`portway init` writes one to start from");

/** One a line, and none past the place where the reader lost its way: the others are mostly consequences. */
function yamlIssues(parsed: Document, lines: LineCounter): Issue[] {
  const found = [...parsed.errors, ...parsed.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const lost = found.findIndex((one) => /in YAML stream|at node end/.test(one.message));
  const byLine = new Map<number, Issue>();
  for (const one of onceIndented(lost < 0 ? found : found.slice(0, lost + 1))) {
    const { message, hint } = explainYaml(one);
    const issue = issueAt(lines, one.pos[0], errorAt([], "yamlSyntax", message, hint));
    if (byLine.size < maxYamlErrors && !byLine.has(issue.line)) byLine.set(issue.line, issue);
  }
  return [...byLine.values()];
}

/** A line whose indentation fits nothing takes those after it along: it alone is told, and so is a tab before it. */
function onceIndented(found: readonly YAMLError[]): readonly YAMLError[] {
  const first = found.findIndex((one) => isIndentation(one) || one.code === "TAB_AS_INDENT");
  return found.filter((one, at) => at <= first || !isIndentation(one));
}
