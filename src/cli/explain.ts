// The last word on an error: what is wrong and what to do, for a person or, with --json, for a program.
import { AppError, toProblem } from "../wire/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the error to standard error and returns the exit status: 2 for usage, else 1. */
export function explain(error: unknown, terminal: Terminal, json: boolean): number {
  const known = error instanceof AppError ? error : unforeseen(error);
  if (json) terminal.err(`${JSON.stringify(toProblem(known))}\n`);
  else {
    terminal.err(`portway: ${known.message}\n`);
    if (known.hint) terminal.err(`  ${known.hint}\n`);
    if (known.code === "internal" && terminal.env["PORTWAY_DEBUG"]) terminal.err(`${(error as Error)?.stack}\n`);
  }
  return known.code === "usage" ? 2 : 1;
}

/** What `writeFileAtomic` puts at the end of a name. */
const temporaryEnd = /\.\d+\.tmp$/;

/** A command of the system that failed, and a file that is not ours, say what is wrong; all else is a mistake in Portway. */
function unforeseen(error: unknown): AppError {
  const { name, message = String(error), code = "", path } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (name === "CommandFailed") {
    return new AppError("commandFailed", message, {
      cause: error,
      hint: "once that is mended, the same command goes on",
    });
  }
  if (path !== undefined && ["EACCES", "EPERM"].includes(code)) {
    return new AppError("forbidden", `this user may not use ${path.replace(temporaryEnd, "")}`, {
      cause: error,
      hint: "as root: sudo portway …",
    });
  }
  return new AppError("internal", message, { cause: error, hint: "PORTWAY_DEBUG=1 shows where; please report it" });
}
