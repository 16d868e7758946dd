// Keywords of objects.
import type { JsonObject } from "../json/value.ts";
import { matches } from "./pattern.ts";
import { checkInside, fault, faultInside, none, type Part, type Run } from "./run.ts";

export function checkObject(run: Run, part: Part, object: JsonObject): boolean {
  const { names, members } = object;
  let fits = true;
  if (part.minProperties !== undefined && names.length < part.minProperties) fits = fault(run, "has too few members");
  if (part.maxProperties !== undefined && names.length > part.maxProperties) fits = fault(run, "has too many members");
  if (part.required !== undefined && !hasAll(run, object, part.required)) fits = false;
  for (const { name, required, part: place } of part.dependents) {
    if (members[name] === undefined) continue;
    if (!hasAll(run, object, required)) fits = false;
    if (place !== none && !run.check(run, place, object)) fits = false;
  }
  if (!leavesMembers(part)) for (const name of names) if (!checkMember(run, part, object, name)) fits = false;
  return fits;
}

function hasAll(run: Run, { members }: JsonObject, required: readonly string[]): boolean {
  let fits = true;
  for (const name of required) if (members[name] === undefined) fits = faultInside(run, name, "is missing");
  return fits;
}

function checkMember(run: Run, part: Part, { members }: JsonObject, name: string): boolean {
  const value = members[name]!;
  let fits = true;
  if (part.propertyNames !== undefined && !checkInside(run, name, part.propertyNames, name)) fits = false;
  const place = part.members === undefined ? undefined : part.members[name];
  if (place !== undefined && !checkInside(run, name, place, value)) fits = false;
  let isNamed = place !== undefined;
  if (part.patternProperties !== undefined) {
    for (const { pattern, part: inner } of part.patternProperties) {
      run.steps -= name.length / 8;
      if (!matches(pattern, name)) continue;
      isNamed = true;
      if (!checkInside(run, name, inner, value)) fits = false;
    }
  }
  const others = part.additionalProperties;
  if (!isNamed && others !== undefined && !checkInside(run, name, others, value)) fits = false;
  return fits;
}

/** Nothing is asked of members by name. */
function leavesMembers({ members, patternProperties, additionalProperties, propertyNames }: Part): boolean {
  return (
    members === undefined &&
    patternProperties === undefined &&
    additionalProperties === undefined &&
    propertyNames === undefined
  );
}
