// Durations, sizes and rates as people write them, to ms, bytes and tokens.

const durationUnitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnitsBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

export const durationPattern = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/;
export const sizePattern = /^(0|[1-9][0-9]{0,8})(B|KiB|MiB|GiB)$/;
export const percentagePattern = /^(0|[1-9][0-9]{0,4})%$/;
export const ratePattern = /^([1-9][0-9]{0,8})\/(s|m|h|d)$/;

/** `500ms`, `5s`, `10m`, `2h`, `30d` in ms. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  return match ? Number(match[1]) * durationUnitsMs[match[2] as keyof typeof durationUnitsMs] : undefined;
}

/** `512B`, `64KiB`, `10MiB`, `1GiB` in bytes. The unit is always written: a bare number is no size. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text);
  return match ? Number(match[1]) * sizeUnitsBytes[match[2] as keyof typeof sizeUnitsBytes] : undefined;
}

/** `20%` is 20. */
export function parsePercentage(text: string): number | undefined {
  const match = percentagePattern.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** `100/s`, `5/m`: that many tokens every so many ms. */
export function parseRate(text: string): { tokens: number; perMs: number } | undefined {
  const match = ratePattern.exec(text);
  if (!match) return undefined;
  return { tokens: Number(match[1]), perMs: durationUnitsMs[match[2] as keyof typeof durationUnitsMs] };
}

/** The shortest text of a duration: `90000` is `90s`, `3600000` is `1h`. */
export function formatDuration(ms: number): string {
  return formatUnit(ms, durationUnitsMs);
}

/** The shortest text of a size: `1048576` is `1MiB`. */
export function formatSize(bytes: number): string {
  return formatUnit(bytes, sizeUnitsBytes);
}

function formatUnit(value: number, units: Readonly<Record<string, number>>): string {
  const fitting = Object.entries(units).filter(([, size]) => value % size === 0 && value >= size);
  const [unit, size] = fitting.at(-1) ?? Object.entries(units)[0]!;
  return `${value / size}${unit}`;
}
