// Keywords of lists.
import { canonicalText } from "../json/canonical.ts";
import { emptyTable, type Json } from "../json/value.ts";
import { checkInside, fault, faultInside, type Part, type Run, tries } from "./run.ts";

export function checkArray(run: Run, part: Part, items: readonly Json[]): boolean {
  let fits = true;
  if (part.minItems !== undefined && items.length < part.minItems) fits = fault(run, "has too few entries");
  if (part.maxItems !== undefined && items.length > part.maxItems) fits = fault(run, "has too many entries");
  if (part.uniqueItems && !areUnique(run, items)) fits = false;
  const { prefixItems, items: others } = part;
  const first = prefixItems === undefined ? 0 : prefixItems.length;
  if (prefixItems !== undefined) {
    for (let i = 0; i < first && i < items.length; i++)
      if (!checkInside(run, i, prefixItems[i]!, items[i]!)) fits = false;
  }
  if (others !== undefined) {
    for (let i = first; i < items.length; i++) if (!checkInside(run, i, others, items[i]!)) fits = false;
  }
  if (part.contains !== undefined && !hasEnough(run, part, part.contains, items)) fits = false;
  return fits;
}

function areUnique(run: Run, items: readonly Json[]): boolean {
  const seen = emptyTable<true>();
  for (let i = 0; i < items.length; i++) {
    const text = canonicalText(items[i]!);
    run.steps -= text.length / 8;
    if (seen[text]) return faultInside(run, i, "is in the list already");
    seen[text] = true;
  }
  return true;
}

function hasEnough(run: Run, { minContains, maxContains }: Part, contains: number, items: readonly Json[]): boolean {
  let count = 0;
  for (const item of items) if (tries(run, contains, item)) count++;
  if (count < (minContains ?? 1)) return fault(run, "has too few entries of a kind that it must have");
  if (maxContains !== undefined && count > maxContains) return fault(run, "has too many entries of a kind");
  return true;
}
