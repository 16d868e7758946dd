// Keywords of numbers and texts.
import { characterCount } from "../json/utf8.ts";
import { matches } from "./pattern.ts";
import { fault, type Part, type Run } from "./run.ts";

/** How far a quotient may be from a whole number: 0.3 is a multiple of 0.1, which doubles do not say. */
const tolerance = 1e-9;

export function checkNumber(run: Run, part: Part, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = part;
  let fits = true;
  if (minimum !== undefined && value < minimum) fits = fault(run, "is too small");
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) fits = fault(run, "is too small");
  if (maximum !== undefined && value > maximum) fits = fault(run, "is too large");
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) fits = fault(run, "is too large");
  if (multipleOf !== undefined) {
    const quotient = value / multipleOf;
    if (Math.abs(Math.floor(quotient + 0.5) - quotient) > tolerance)
      fits = fault(run, "is not in the steps it must be");
  }
  return fits;
}

export function checkText(run: Run, part: Part, value: string): boolean {
  const hasLength = checkLength(run, part, value);
  if (part.patterns === undefined || !hasLength) return hasLength;
  for (const pattern of part.patterns) {
    run.steps -= value.length / 8;
    if (!matches(pattern, value)) return fault(run, "does not have the form that it must have");
  }
  return true;
}

function checkLength(run: Run, { minLength, maxLength }: Part, value: string): boolean {
  if (minLength === undefined && maxLength === undefined) return true;
  const count = characterCount(value);
  if (minLength !== undefined && count < minLength) return fault(run, "is too short");
  if (maxLength !== undefined && count > maxLength) return fault(run, "is too long");
  return true;
}
