// The machine's own interfaces that lead to the networks which others reach through it. Pure.
import type { Family } from "../../net/address.ts";
import { type Prefix, parsePrefix, prefixCovers } from "../../net/prefix.ts";
import { familyOf, type OnwardLink } from "../overlay/model.ts";

/** A route of the machine's own; `default` is written as the prefix of everything. */
export interface OwnRoute {
  readonly destination: string;
  readonly link: string;
}

/** Those of the most specific route that covers each prefix, and of routes to parts of it. */
export function onwardLinks(
  prefixes: readonly string[],
  routes: readonly OwnRoute[],
  isBridge: (link: string) => boolean = () => false,
): readonly OnwardLink[] {
  const known = routes.flatMap((route) => {
    const prefix = parsePrefix(route.destination);
    return prefix && !route.link.startsWith("pw") && route.link !== "lo" ? [{ link: route.link, prefix }] : [];
  });
  const families = new Map<string, Set<Family>>();
  for (const text of prefixes) {
    for (const link of linksTo(parsePrefix(text)!, known)) {
      families.set(link, (families.get(link) ?? new Set()).add(familyOf(text)));
    }
  }
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, ofLink]) => ({ name, families: [...ofLink].sort(), isBridge: isBridge(name) }));
}

function linksTo(prefix: Prefix, routes: readonly { readonly link: string; readonly prefix: Prefix }[]): string[] {
  const covering = routes.filter((route) => prefixCovers(route.prefix, prefix));
  const longest = Math.max(...covering.map((route) => route.prefix.length));
  if (prefix.length === 0) return covering.map(({ link }) => link); // the internet has no parts of its own
  const parts = routes.filter((route) => prefixCovers(prefix, route.prefix));
  return [...covering.filter((route) => route.prefix.length === longest), ...parts].map(({ link }) => link);
}
