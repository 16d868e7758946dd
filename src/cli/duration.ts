// Durations as options write them: 500ms, 5s, 10m, 2h, 30d.
import { AppError } from "../wire/errors.ts";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; throws a usage error that names the option. */
export function durationMs(text: string, option: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) {
    throw new AppError("usage", `${option} ${text} is not a duration`, {
      hint: "write a number and a unit, such as 30s, 10m, 2h or 7d",
    });
  }
  return Number(match[1]) * unitMs[match[2]!]!;
}
