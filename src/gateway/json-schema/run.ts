// One validation: the parts it runs, where in the document it is, and what it found.
import type { SchemaPart } from "../../wire/body-schema.ts";
import type { Json, JsonKind } from "../json/value.ts";

/** A part with what is looked up in it as tables. */
export interface Part
  extends Omit<SchemaPart, "type" | "enum" | "properties" | "dependentRequired" | "dependentSchemas"> {
  readonly types: Readonly<Partial<Record<JsonKind | "integer", true>>> | undefined;
  /** By canonical text. */
  readonly values: Readonly<Record<string, true | undefined>> | undefined;
  /** Some of them are lists or objects. */
  readonly hasDeepValues: boolean;
  readonly members: Readonly<Record<string, number | undefined>> | undefined;
  /** Names that need others, each with those and with the schema that the object must then fit. */
  readonly dependents: readonly {
    readonly name: string;
    readonly required: readonly string[];
    readonly part: number;
  }[];
}

/** A place in the document, as a JSON Pointer (RFC 6901), and what is wrong there. */
export interface SchemaFault {
  readonly pointer: string;
  readonly detail: string;
}

export interface Run {
  readonly parts: readonly Part[];
  readonly faults: SchemaFault[];
  /** Names and places on the way down. */
  readonly path: (string | number)[];
  depth: number;
  /** Above 0 nothing is noted: one of several forms is tried. */
  quiet: number;
  /** What is left of the work that one document may make. */
  steps: number;
  /** True when the value fits a part. */
  readonly check: (this: void, run: Run, place: number, value: Json) => boolean;
}

/** No schema: in place of a part's number. */
export const none = -1;
const mostFaults = 8;
const longestPointer = 512;

/** Notes what is wrong at this place; always false. */
export function fault(run: Run, detail: string): false {
  if (run.quiet === 0 && run.faults.length < mostFaults) run.faults.push({ pointer: pointerOf(run), detail });
  return false;
}

/** Checks a value that the one at hand holds, under this name or at this place. */
export function checkInside(run: Run, step: string | number, place: number, value: Json): boolean {
  run.path[run.depth] = step;
  run.depth++;
  const fits = run.check(run, place, value);
  run.depth--;
  return fits;
}

/** Notes what is wrong with a member. */
export function faultInside(run: Run, step: string | number, detail: string): false {
  run.path[run.depth] = step;
  run.depth++;
  fault(run, detail);
  run.depth--;
  return false;
}

/** True when the value fits, with nothing noted when it does not. */
export function tries(run: Run, place: number, value: Json): boolean {
  run.quiet++;
  const fits = run.check(run, place, value);
  run.quiet--;
  return fits;
}

function pointerOf(run: Run): string {
  let pointer = "";
  for (let i = 0; i < run.depth; i++) {
    const step = run.path[i]!;
    pointer += `/${typeof step === "number" ? step : step.split("~").join("~0").split("/").join("~1")}`;
    if (pointer.length > longestPointer) return "";
  }
  return pointer;
}
