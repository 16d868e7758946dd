// Selectors name hosts by what they are.
import { selects } from "../spec/selectors.ts";
import type { Selector } from "../spec/types.ts";
import type { Member } from "./members.ts";

/** The members that at least one of the selectors names, in their own order. */
export function select(selectors: readonly Selector[], members: readonly Member[]): readonly Member[] {
  return members.filter((member) => selectors.some((selector) => selects(selector, member)));
}
