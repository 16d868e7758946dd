// zod's issues as findings: the sentence is made here, where the path is known; the schema's fields gave the hints.
import type { z } from "zod";
import { nearest } from "./did-you-mean.ts";
import { describe, errorAt, type Finding, type Path, quote, subjectOf } from "./issue.ts";

type ZodIssue = z.core.$ZodIssue;

/** More are not worth the time: nobody reads them. */
const maxIssues = 500;

/** Findings for zod's issues; an unknown key is a finding each. */
export function schemaFindings(issues: readonly ZodIssue[], before: Path = []): Finding[] {
  return issues.slice(0, maxIssues).flatMap((issue) => findingsOf(issue, [...before, ...(issue.path as Path)]));
}

function findingsOf(issue: ZodIssue, path: Path): Finding[] {
  switch (issue.code) {
    case "custom": {
      const [message = "", hint = ""] = issue.message.split("\n");
      return [errorAt(path, String(issue.params?.["code"] ?? "invalidValue"), message, hint)];
    }
    case "unrecognized_keys":
      return issue.keys.slice(0, maxIssues).map((key) => unknownKey(key, path, issue.message.split(" ")));
    case "invalid_key":
      return schemaFindings(issue.issues, path).map((one) => ({ ...one, path, at: "key" }));
    case "invalid_union":
      return unionFindings(issue, path);
    case "invalid_value":
      return [wrongChoice(issue, path)];
    case "too_small":
    case "too_big":
      return [outOfRange(issue, path)];
    case "invalid_type":
      return [wrongType(issue.expected, issue.input, path, issue.message)];
    default:
      return [errorAt(path, "invalidValue", `${subjectOf(path)} cannot be ${describe(issue.input)}`, issue.message)];
  }
}

function unknownKey(key: string, path: Path, known: readonly string[]): Finding {
  const guess = nearest(key, known);
  const hint = guess ? `did you mean ${guess}?` : `the keys here are ${known.join(", ")}`;
  const of = path.length === 0 ? "the file" : subjectOf(path);
  return { ...errorAt([...path, key], "unknownKey", `${of} has no key ${quote(key)}`, hint), at: "key" };
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function wrongType(expected: string, input: unknown, path: Path, hint: string): Finding {
  const subject = subjectOf(path);
  if (input === undefined) return errorAt(path, "missing", `${subject} is missing`, hint);
  return errorAt(path, "wrongType", `${subject} must be ${nouns[expected] ?? expected}, not ${describe(input)}`, hint);
}

function wrongChoice(issue: z.core.$ZodIssueInvalidValue, path: Path): Finding {
  const subject = subjectOf(path);
  if (issue.input === undefined) return errorAt(path, "missing", `${subject} is missing`, issue.message);
  const words = issue.values.filter((value) => typeof value === "string");
  const guess = typeof issue.input === "string" ? nearest(issue.input, words) : undefined;
  const hint =
    words.length < 2
      ? issue.message
      : guess
        ? `did you mean ${guess}?`
        : `write ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return errorAt(path, "invalidValue", `${subject} cannot be ${describe(issue.input)}`, hint);
}

function outOfRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: Path): Finding {
  const subject = subjectOf(path);
  if (issue.origin === "array") {
    const message = issue.code === "too_small" ? `${subject} is empty` : `${subject} has too many entries`;
    return errorAt(path, "outOfRange", message, issue.message);
  }
  return errorAt(path, "outOfRange", `${subject} cannot be ${describe(issue.input)}`, issue.message);
}

/** The findings of the alternative that was meant: the one that got past its own type. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, path: Path): Finding[] {
  const isAboutType = (one: ZodIssue) =>
    one.path.length === 0 && (one.code === "invalid_type" || one.code === "invalid_value");
  const meant = issue.errors.find((errors) => errors.length > 0 && !errors.some(isAboutType));
  if (meant) return schemaFindings(meant, path);
  if (issue.input === undefined) return [errorAt(path, "missing", `${subjectOf(path)} is missing`, issue.message)];
  return [errorAt(path, "wrongType", `${subjectOf(path)} cannot be ${describe(issue.input)}`, issue.message)];
}
