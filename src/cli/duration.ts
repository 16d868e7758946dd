// Durations as options write them: as the file does, 500ms, 5s, 10m, 2h, 30d.
import { parseDuration } from "../spec/units.ts";
import { AppError } from "../wire/errors.ts";

/** Milliseconds; throws a usage error that names the option. */
export function durationMs(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new AppError("usage", `${option} ${text} is not a duration`, {
    hint: "write a number and a unit, such as 30s, 10m, 2h or 7d",
  });
}
