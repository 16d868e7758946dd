// A yes or no from the person, and only from a person.
import { createInterface } from "node:readline/promises";
import { AppError } from "../wire/errors.ts";
import type { Context } from "./context.ts";

/** True when `yes` was given or the person agrees; without a terminal to ask on it is a usage error. */
export async function confirmed(
  context: Context,
  yes: boolean,
  question: string,
  hint = "look at it, then give --yes",
): Promise<boolean> {
  if (yes) return true;
  if (!context.interactive || context.json) {
    throw new AppError("usage", `${question} needs a yes, and there is no terminal to ask on`, {
      hint,
    });
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await ask.question(`${question} [y/N] `, { signal: context.stop })).trim());
  } catch {
    context.note(""); // Ctrl-C or the end of input leaves the question's line open
    return false;
  } finally {
    ask.close();
  }
}
