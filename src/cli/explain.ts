// The last word on an error: what is wrong and what to do, for a person or, with --json, for a program.
import { AppError, toProblem } from "../wire/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the error to standard error and returns the exit status: 2 for usage, else 1. */
export function explain(error: unknown, terminal: Terminal, json: boolean): number {
  const known =
    error instanceof AppError
      ? error
      : new AppError("internal", (error as Error)?.message ?? String(error), { cause: error });
  if (json) terminal.err(`${JSON.stringify(toProblem(known))}\n`);
  else {
    terminal.err(`portway: ${known.message}\n`);
    if (known.hint) terminal.err(`  ${known.hint}\n`);
    if (known.code === "internal" && terminal.env["PORTWAY_DEBUG"]) terminal.err(`${(error as Error)?.stack}\n`);
  }
  return known.code === "usage" ? 2 : 1;
}
