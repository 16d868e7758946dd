// Fields that hold a duration or a size.

import { z } from "zod";
import { addFault, parsed } from "./fields.ts";
import { Fault, quote } from "./issue.ts";
import {
  durationPattern,
  formatDuration,
  formatSize,
  parseDuration,
  parsePercentage,
  parseRate,
  parseSize,
  percentagePattern,
  ratePattern,
  sizePattern,
} from "./units.ts";

/** A duration in ms, between two others. */
export function duration(description: string, min: string, max: string) {
  const [minMs, maxMs] = [parseDuration(min)!, parseDuration(max)!];
  const doc = {
    description,
    hint: "write a whole number and a unit: 500ms, 5s, 10m, 2h or 30d",
    pattern: durationPattern,
  };
  return parsed(doc, (text) => {
    const ms = parseDuration(text);
    if (ms === undefined) return new Fault("invalidDuration", `${quote(text)} is not a duration`, doc.hint);
    return inRange(ms, minMs, maxMs, text, formatDuration);
  });
}

/** A duration of whole seconds. */
export function durationSeconds(description: string, min: string, max: string) {
  return duration(description, min, max).transform((ms, context): number => {
    if (ms % 1000 === 0) return ms / 1000;
    addFault(
      context,
      new Fault("invalidDuration", `${ms}ms is not a whole number of seconds`, `write ${Math.ceil(ms / 1000)}s`),
    );
    return z.NEVER;
  });
}

/** A percentage, between two others. */
export function percentage(description: string, min: number, max: number) {
  const hint = `write a percentage from ${min}% to ${max}%`;
  return parsed({ description, hint, pattern: percentagePattern }, (text) => {
    const percent = parsePercentage(text);
    if (percent === undefined) return new Fault("invalidPercentage", `${quote(text)} is not a percentage`, hint);
    return inRange(percent, min, max, text, (value) => `${value}%`);
  });
}

/** So many in a time, up to `mostPerSecond`. */
export function rate(description: string, mostPerSecond: number) {
  const hint = "write a whole number and a unit of time: 100/s, 5/m or 1000/h";
  return parsed({ description, hint, pattern: ratePattern }, (text) => {
    const value = parseRate(text);
    if (!value) return new Fault("invalidRate", `${quote(text)} is not a rate`, hint);
    if ((value.tokens * 1000) / value.perMs <= mostPerSecond) return value;
    return new Fault("outOfRange", `${text} is too large`, `write at most ${mostPerSecond}/s`);
  });
}

/** A size in bytes, between two others. */
export function size(description: string, min: string, max: string) {
  const [minBytes, maxBytes] = [parseSize(min)!, parseSize(max)!];
  const doc = {
    description,
    hint: "write a whole number and a unit: 512B, 64KiB, 10MiB or 1GiB",
    pattern: sizePattern,
  };
  return parsed(doc, (text) => {
    const bytes = parseSize(text);
    if (bytes === undefined)
      return new Fault("invalidSize", `${quote(text)} is not a size`, sizeHint(text) ?? doc.hint);
    return inRange(bytes, minBytes, maxBytes, text, formatSize);
  });
}

function sizeHint(text: string): string | undefined {
  const match = /^([0-9]+)\s*([kmg])(i?b)?$/i.exec(text);
  return match ? `write ${match[1]}${match[2]!.toUpperCase()}iB` : undefined;
}

function inRange(
  value: number,
  min: number,
  max: number,
  text: string,
  format: (value: number) => string,
): number | Fault {
  if (value >= min && value <= max) return value;
  const hint = `write a value from ${format(min)} to ${format(max)}`;
  return new Fault("outOfRange", `${text} is too ${value < min ? "small" : "large"}`, hint);
}

/** A percentage: a whole number and `%`. */
export function percent(description: string, min: number, max: number) {
  const hint = "write a whole number and a percent sign: 50%";
  return parsed({ description, hint, pattern: /^(0|[1-9][0-9]{0,3})%$/ }, (text) => {
    const match = /^(0|[1-9][0-9]{0,3})%$/.exec(text);
    if (!match) return new Fault("invalidPercent", `${quote(text)} is not a percentage`, hint);
    return inRange(Number(match[1]), min, max, text, (value) => `${value}%`);
  });
}
