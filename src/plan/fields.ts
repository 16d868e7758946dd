// What a person compares when two files differ: fields of text, some with values that must not be printed.

/** One field: its text, and what it holds beside when that must not be printed, so that a change of it shows all the same. */
export interface Field {
  readonly text: string;
  readonly secret?: string;
}

/** Fields by name, in the order in which they are told; an empty text is nothing to tell. */
export type View = Readonly<Record<string, string | Field>>;

/** `field: text` for each of these fields (all, unless named) that has something to tell. */
export function fieldLines(view: View, names: readonly string[] = Object.keys(view)): readonly string[] {
  return names.filter((name) => textOf(view[name]) !== "").map((name) => `${name}: ${textOf(view[name])}`);
}

/** `field: old → new` for each field that differs. */
export function fieldChanges(before: View, after: View): readonly string[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((name) => {
    const [was, is] = [textOf(before[name]), textOf(after[name])];
    if (was !== is) return [`${name}: ${was || "none"} → ${is || "none"}`];
    return secretOf(before[name]) === secretOf(after[name]) ? [] : [`${name}: changed in values that are not shown`];
  });
}

function textOf(field: string | Field | undefined): string {
  return typeof field === "string" ? field : (field?.text ?? "");
}

function secretOf(field: string | Field | undefined): string | undefined {
  return typeof field === "object" ? field.secret : undefined;
}
