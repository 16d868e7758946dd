// The last word on an error: what is wrong and what to do, for a person or, with --json, for a program.
import { AppError, toProblem } from "../wire/errors.ts";

/** Prints the error to standard error and returns the exit status: 2 for usage, else 1. */
export function explain(error: unknown, json: boolean): number {
  const known =
    error instanceof AppError
      ? error
      : new AppError("internal", (error as Error)?.message ?? String(error), { cause: error });
  if (json) process.stderr.write(`${JSON.stringify(toProblem(known))}\n`);
  else {
    process.stderr.write(`portway: ${known.message}\n`);
    if (known.hint) process.stderr.write(`  ${known.hint}\n`);
    if (known.code === "internal" && process.env["PORTWAY_DEBUG"]) process.stderr.write(`${(error as Error)?.stack}\n`);
  }
  return known.code === "usage" ? 2 : 1;
}
