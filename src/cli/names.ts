// Names of hosts and tags as a command line gives them.
import { isDnsLabel } from "../net/dns-name.ts";
import { AppError } from "../wire/errors.ts";

/** The text, if a host or tag can be called so; throws a usage error that says what it was to be (`a host's name`). */
export function nameFrom(text: string, what: string): string {
  if (isDnsLabel(text)) return text;
  throw new AppError("usage", `${text || "an empty word"} cannot be ${what}`, {
    hint: "a name has lower-case letters, digits and hyphens, 63 at most",
  });
}
