// The file: text in, a normalised Spec or issues out. Pure, bounded in time and memory, never throws.
//
//   text ─ document.ts ─▶ value with places ─ schema.ts ─▶ Written ─ normalise.ts ─▶ Spec ─ checks.ts ─▶ issues
//
// Every stage reports all it finds; later stages run only on what the earlier ones understood.
import { checkReferences } from "./checks/references.ts";
import { checkSpec } from "./checks.ts";
import { type FileDocument, readDocument } from "./document.ts";
import { type Finding, formatPath, type Issue, type Path } from "./issue.ts";
import { foldMisplaced } from "./misplaced.ts";
import { normalise } from "./normalise.ts";
import { findNotYet } from "./not-yet.ts";
import { issueAt, offsetOf } from "./place.ts";
import { fileSchema, type Written } from "./schema.ts";
import { schemaFindings } from "./schema-findings.ts";
import type { Spec } from "./types.ts";

export type { Issue } from "./issue.ts";

const maxIssues = 200;

export interface ParsedSpec {
  /** Absent when an issue is an error. */
  readonly spec?: Spec;
  /** In the order of the file. */
  readonly issues: readonly Issue[];
}

/** Reads and checks a whole file. */
export function parseSpec(input: string | Uint8Array): ParsedSpec {
  const { document, issues: ofReading } = readDocument(input);
  if (!document) return { issues: inOrder(ofReading) };
  const { spec, findings } = checkValue(document.value);
  const ofValue = findings.map((one) => issueOf(document, one));
  const issues = inOrder([...ofReading, ...ofValue]);
  const valid = spec && !issues.some((one) => one.severity === "error");
  return { ...(valid && { spec }), issues };
}

/** Issues of a file that is known to be readable, for findings that were made elsewhere. */
export function issuesOf(text: string, findings: readonly Finding[]): readonly Issue[] {
  const { document, issues } = readDocument(text);
  return document ? inOrder(findings.map((one) => issueOf(document, one))) : issues;
}

/** The line on which a part of a readable file stands. */
export function lineOf(text: string, path: Path): number | undefined {
  const { document } = readDocument(text);
  return document?.lines.linePos(offsetOf(document.root, path, "value")).line;
}

function issueOf({ root, lines }: FileDocument, one: Finding): Issue {
  const about = one.about && lines.linePos(offsetOf(root, one.about, "value")).line;
  const told = about === undefined ? one : { ...one, message: `${one.message}, on line ${about}` };
  return issueAt(lines, offsetOf(root, one.path, one.at ?? "value"), told);
}

function checkValue(value: unknown): { spec?: Spec; findings: readonly Finding[] } {
  const read = fileSchema.safeParse(value, { reportInput: true });
  const notYet = findNotYet(value);
  const schema = read.success ? [] : schemaFindings(read.error.issues);
  const unsettled = schema.filter((one) => !notYet.settled.has(formatPath(one.path)));
  const own = [...notYet.findings, ...unsettled];
  const findings = foldMisplaced(value, own) ?? [...own, ...checkReferences(value)];
  if (!read.success) return { findings };
  const written: Written = read.data;
  const spec = normalise(written);
  return { spec, findings: [...findings, ...checkSpec(spec, written)] };
}

/** In the order of the file; of very many, the errors first and then a word on the rest. */
function inOrder(issues: readonly Issue[]): Issue[] {
  const byPlace = (a: Issue, b: Issue) => a.line - b.line || a.column - b.column;
  if (issues.length <= maxIssues) return issues.toSorted(byPlace);
  const errorsFirst = issues.toSorted((a, b) => a.severity.localeCompare(b.severity) || byPlace(a, b));
  const shown = errorsFirst.slice(0, maxIssues);
  const { line, column, path, severity } = shown.at(-1)!;
  const message = `the file has ${issues.length - maxIssues} more issues than the ${maxIssues} that are shown`;
  const more: Issue = { severity, code: "moreIssues", line, column, path, message, hint: "mend these first" };
  return [...shown.toSorted(byPlace), more];
}
