// Numbers as options write them.
import { AppError } from "../wire/errors.ts";

/** A whole number from `least` to `most`; throws a usage error that names the option. */
export function wholeNumber(text: string, option: string, least = 1, most = 999_999_999): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (value !== undefined && value >= least && value <= most) return value;
  const range = value !== undefined && value > most ? `from ${least} to ${most}` : `from ${least}`;
  throw new AppError("usage", `${option} takes a whole number ${range}, not ${text}`);
}
