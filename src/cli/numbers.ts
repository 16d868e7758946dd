// Numbers as options write them.
import { AppError } from "../wire/errors.ts";

/** A whole number of at most nine digits, from `least`; throws a usage error that names the option. */
export function wholeNumber(text: string, option: string, least = 1): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new AppError("usage", `${option} takes a whole number from ${least}, not ${text}`);
}
