// Moments and amounts as a person says them.

/** `4 s`, `12 min`, `3 h`, `9 d` */
export function spanOf(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function ago(iso: string, nowMs = Date.now()): string {
  return `${spanOf(Math.max(0, (nowMs - Date.parse(iso)) / 1000))} ago`;
}

export function until(iso: string, nowMs = Date.now()): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  return seconds > 0 ? `in ${spanOf(seconds)}` : `${spanOf(-seconds)} ago`;
}

/** `812 B`, `1.4 KiB`, `20 MiB` */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
