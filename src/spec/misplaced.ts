// Lines that were meant to stand below the one before them and are indented like it: one finding, not one for each line.
import { errorAt, type Finding, type Path } from "./issue.ts";

/** The mappings in which an empty entry can have lost what follows it: the file itself, and those of names. */
const places: readonly Path[] = [[], ["hosts"], ["services"], ["policies"]];

/** Findings about such lines become one; the others stay. Undefined: there are no such lines. */
export function foldMisplaced(value: unknown, findings: readonly Finding[]): readonly Finding[] | undefined {
  const folded = places.reduce((left, place) => foldAt(place, entriesAt(value, place), left), findings);
  return folded === findings ? undefined : folded;
}

type Entries = readonly (readonly [key: string, value: unknown])[];

function entriesAt(value: unknown, place: Path): Entries {
  const found = place.reduce<unknown>((at, key) => (isMapping(at) ? at[key] : undefined), value);
  return isMapping(found) ? Object.entries(found) : [];
}

const isMapping = (value: unknown): value is Readonly<Record<string | number, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function foldAt(place: Path, entries: Entries, findings: readonly Finding[]): readonly Finding[] {
  let left = findings;
  for (const [at, [parent, value]] of entries.entries()) {
    if (value !== null) continue;
    const below = entries.slice(at + 1).map(([key]) => key);
    const first = left.find((one) => isAt(one, [...place, below[0] ?? ""]) && isOutOfPlace(one));
    if (first === undefined) continue;
    const end = below.findIndex((key) => !left.some((one) => isAtOrBelow(one, [...place, key])));
    const run = end < 0 ? below : below.slice(0, end);
    const gone = (one: Finding) =>
      isAt(one, [...place, parent]) || run.some((key) => isAtOrBelow(one, [...place, key]));
    left = [...left.filter((one) => !gone(one)), misplaced(parent, run, first)];
  }
  return left;
}

const isOutOfPlace = ({ code }: Finding) => code === "wrongType" || code === "unknownKey";
const isAtOrBelow = ({ path }: Finding, place: Path) => place.every((part, at) => path[at] === part);
const isAt = (one: Finding, place: Path) => one.path.length === place.length && isAtOrBelow(one, place);

function misplaced(parent: string, run: readonly string[], { path, hint }: Finding): Finding {
  const [stand, belong, them] = run.length > 1 ? ["stand", "they belong", "them"] : ["stands", "it belongs", "it"];
  const message = `${run.join(", ")} ${stand} beside ${parent}, which is empty`;
  const todo = `if ${belong} to ${parent}, indent ${them} by two spaces more; else ${hint}`;
  return { ...errorAt(path, "wrongIndentation", message, todo), at: "key" };
}
