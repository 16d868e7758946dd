// Selectors name hosts by what they are.
import type { Selector } from "../spec/types.ts";
import type { Member } from "./members.ts";

/** The members that at least one of the selectors names, in their own order. */
export function select(selectors: readonly Selector[], members: readonly Member[]): readonly Member[] {
  return members.filter((member) => selectors.some((selector) => matches(selector, member)));
}

function matches(selector: Selector, member: Member): boolean {
  switch (selector.kind) {
    case "all":
      return true;
    case "host":
      return member.name === selector.name;
    case "role":
      return member.roles.includes(selector.name);
    case "tag":
      return member.tags.includes(selector.name);
  }
}
