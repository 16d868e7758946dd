// What a relay's firewall holds beside that of any host: who of its spokes sends to whom.
import type { Family } from "../../net/address.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { families } from "./model.ts";
import { chain, container, ofFamily, typeOf } from "./nft-text.ts";
import { type Passage, passagesOf } from "./passages.ts";

/** Sets, maps and chains, and the rules for what goes from spoke to spoke. */
export interface Passing {
  readonly blocks: readonly string[];
  readonly rules: readonly string[];
}

/**
 * A relay's own plane, and its bypass. Its rules are always there, so that a bypass that comes up or goes changes no chain: what
 * leads into it are routes.
 */
export const passingLinks = ["pwr", "pwx"] as const;

export function passingOf(mesh: MeshState): Passing {
  const passages = passagesOf(mesh.forwards);
  const hasNetworks = mesh.subnets.some(({ passed }) => passed !== undefined);
  return {
    blocks: [
      ...families.map((family) => passingMap(family, passages)),
      ...passages.flatMap(passageBlocks),
      ...(hasNetworks ? families.map((family) => networksSet(family, mesh)) : []),
    ],
    rules: passingLinks.flatMap((link) => passingRules(`iifname "${link}" oifname "${link}"`, hasNetworks)),
  };
}

function passingRules(between: string, hasNetworks: boolean): readonly string[] {
  return [
    `${between} ip saddr vmap @passing4`,
    `${between} ip6 saddr vmap @passing6`,
    ...(hasNetworks
      ? [`${between} ip saddr . ip daddr @networks4 accept`, `${between} ip6 saddr . ip6 daddr @networks6 accept`]
      : []),
  ];
}

/** Addresses to which others of the same passage send, and the chain that lets them. */
function passageBlocks({ to }: Passage, index: number): readonly string[] {
  const name = passageName(index);
  return [
    ...families.map((family) => container(`set ${name}v${family}`, `type ${typeOf(family)}`, ofFamily(to, family), "")),
    chain(name, undefined, [`ip daddr @${name}v4 accept`, `ip6 daddr @${name}v6 accept`]),
  ];
}

const passageName = (index: number) => `pass-${index + 1}`;

/** Spokes that send to others of them, each with the chain that knows to whom. */
function passingMap(family: Family, passages: readonly Passage[]): string {
  const elements = passages.flatMap(({ from }, index) =>
    ofFamily(from, family).map((source) => `${source} : jump ${passageName(index)}`),
  );
  return container(`map passing${family}`, `type ${typeOf(family)} : verdict`, elements, "");
}

/** Both directions between spokes and the networks behind others of them. */
function networksSet(family: Family, { forwards, subnets }: MeshState): string {
  const elements = subnets.flatMap(({ prefix, passed = [] }) => {
    const sources = forwards.filter(({ host }) => passed.includes(host)).flatMap(({ prefixes }) => prefixes);
    return ofFamily([prefix], family).flatMap((b) =>
      ofFamily(sources, family).flatMap((a) => [`${a} . ${b}`, `${b} . ${a}`]),
    );
  });
  return container(`set networks${family}`, `type ${typeOf(family)} . ${typeOf(family)}`, elements);
}
