// The file on disk: read with a clear error, checked, its issues shown the way compilers show theirs.
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { writeFileAtomic } from "../lib/files.ts";
import { parseSpec } from "../spec/parse.ts";
import type { Spec } from "../spec/types.ts";
import { AppError } from "../wire/errors.ts";
import type { Issue } from "../wire/plan.ts";
import type { Argument } from "./command.ts";
import type { Context } from "./context.ts";

export const defaultFile = "portway.yaml";

/** The argument of every command that reads the file. */
export const fileArgument: Argument = {
  name: "[file]",
  text: `the file (default ${defaultFile}; - reads standard input)`,
};

/** The file's bytes; `-` is standard input. `makes` is the command that writes such a file. */
export function readSpecFile(file: string, makes = "portway init"): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (["EACCES", "EPERM"].includes(code)) throw cause;
    // Not `usage`, whose exit status 2 says of a plan that there are changes.
    const missing = code === "ENOENT";
    if (code === "EISDIR")
      throw new AppError("notFound", `${file} is a folder`, { cause, hint: "name the file in it" });
    throw new AppError("notFound", missing ? `there is no ${file} here` : `cannot read ${file}: ${message}`, {
      cause,
      hint: missing ? `\`${makes}\` writes one; or name another file` : "name another file",
    });
  }
}

/** Writes a file for a person. One in a folder that is not there is a slip of the pen: none is made. */
export function writeFile(file: string, text: string, mode: number): void {
  if (!existsSync(dirname(file)))
    throw new AppError("notFound", `there is no folder ${dirname(file)}`, { hint: "make it, or name another file" });
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new AppError("notFound", `${file} is a folder`, { hint: "name a file in it" });
  writeFileAtomic(file, text, mode);
}

/** Replaces a file that was read; a link to it and its permissions stay. */
export function rewriteSpecFile(file: string, text: string): void {
  const path = realpathSync(file);
  writeFileAtomic(path, text, statSync(path).mode & 0o777);
}

/** The checked file; its warnings are shown, and errors end the command. */
export function refuseInvalid(context: Context, file: string, bytes: Buffer): Spec {
  const { spec, issues } = parseSpec(bytes);
  if (!context.json) showIssues(context, file, issues);
  if (spec !== undefined) return spec;
  throw new AppError("invalidSpec", `${file} is not valid: ${countIssues(issues)}`, { details: { issues } });
}

/** Prints each issue as `file:line:column: severity: sentence`, its hint below. */
export function showIssues(context: Context, file: string, issues: readonly Issue[]): void {
  for (const issue of issues) {
    const severity = issue.severity === "error" ? context.colour.bad("error") : context.colour.warn("warning");
    context.note(`${context.colour.strong(`${file}:${issue.line}:${issue.column}`)}: ${severity}: ${issue.message}`);
    if (issue.hint) context.note(`    ${context.colour.dim(issue.hint)}`);
  }
}

/** `2 errors, 1 warning` */
export function countIssues(issues: readonly Issue[]): string {
  const count = (severity: Issue["severity"]) => issues.filter((issue) => issue.severity === severity).length;
  const words = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return `${words(count("error"), "error")}, ${words(count("warning"), "warning")}`;
}
