// What the firewall says of the internet behind exit hosts: on the exit, and on the host that goes through one.
import type { Family } from "../../net/address.ts";
import { internetIpv6, notInternetIpv4 } from "../../net/internet.ts";
import { mergePrefixes } from "../../net/prefix.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { families, familyOf, type OnwardLink, ownAddressOf, ownMark, rangeOf } from "./model.ts";
import { bare, icmpErrors, icmpv6Errors, keywordOf } from "./nft-text.ts";

/** Destinations that are the internet to a family, as a match on `daddr`. */
export function internetMatch({ ipv4Prefix }: MeshState["host"], family: Family): string {
  return family === 4 ? `!= { ${mergePrefixes([...notInternetIpv4, ipv4Prefix]).join(", ")} }` : internetIpv6;
}

/** The families by which this host leads others to the internet. */
export function familiesLed({ outward }: MeshState): readonly Family[] {
  return families.filter((family) => outward.some(({ from }) => from.some((one) => familyOf(one) === family)));
}

/** What others send through this exit lives in the machine's own conntrack zone, where the answers arrive. */
export function arrivingAtExit(mesh: MeshState): readonly string[] {
  return familiesLed(mesh).map((family) => {
    const match = `${keywordOf(family)} daddr ${internetMatch(mesh.host, family)}`;
    return `iifname "pw*" ${match} fib daddr type != local accept`;
  });
}

/** The internet knows no way to the overlay: to it such packets come from the exit. */
export function masqueradeAtExit(mesh: MeshState): readonly string[] {
  return familiesLed(mesh).map((family) => {
    const [ip, overlay] = [keywordOf(family), rangeOf(mesh, family)];
    return `oifname != "pw*" ${ip} saddr ${overlay} ${ip} daddr ${internetMatch(mesh.host, family)} masquerade`;
  });
}

// What a tunneled host sends through its exit lives in the machine's own conntrack zone: there the packets of networks behind it
// are, which go the same way and look like its own from then on.

/** What is the network's to a host of one family: all else that comes and goes by a plane is the internet's. */
function innerMatch(mesh: MeshState, family: Family): string {
  const behind = mesh.subnets.filter(({ own, prefix }) => own && familyOf(prefix) === family);
  const all = mergePrefixes([rangeOf(mesh, family), ...behind.map(({ prefix }) => prefix)]);
  return `{ ${all.map(bare).join(", ")} }`;
}

export function arrivingByTunnel(mesh: MeshState): readonly string[] {
  return families.map((family) => {
    const ip = keywordOf(family);
    return `iifname "pw*" ${ip} saddr != ${innerMatch(mesh, family)} ${ip} daddr ${ownAddressOf(mesh, family)} accept`;
  });
}

/**
 * A packet that answers one from outside goes by the tunnel only until it is marked, right after: it is known by its source,
 * and stays where its connection is known.
 */
export function leavingByTunnel(mesh: MeshState, zone: number): readonly string[] {
  return families.map((family) => {
    const ip = keywordOf(family);
    return `oifname "pw*" ${ip} saddr ${rangeOf(mesh, family)} ${ip} daddr ${innerMatch(mesh, family)} ct zone set ${zone}`;
  });
}

/** What the machine passes on by itself, for containers or a network behind it; not where it does so for the overlay alone. */
export function forwardedByTunnel(mesh: MeshState, guarded: readonly OnwardLink[]): readonly string[] {
  const sent = families.map((family) => {
    const closed = guarded.filter((link) => link.families.includes(family)).map(({ name }) => `"${name}"`);
    const others = closed.length === 0 ? "" : ` iifname != { ${closed.join(", ")} }`;
    return `iifname != "pw*"${others} oifname "pw*" ${keywordOf(family)} daddr != ${innerMatch(mesh, family)} accept`;
  });
  return [
    ...sent,
    `iifname "pw*" oifname != "pw*" ct state established ct direction reply accept`,
    `iifname "pw*" oifname != "pw*" ct state related icmp type { ${icmpErrors} } accept`,
    `iifname "pw*" oifname != "pw*" ct state related icmpv6 type { ${icmpv6Errors} } accept`,
  ];
}

/** The exit takes packets of this host alone: those of others leave with its address. */
export function translatedByTunnel(mesh: MeshState): readonly string[] {
  return families.map((family) => {
    const ip = keywordOf(family);
    const match = `oifname "pw*" ${ip} saddr != ${rangeOf(mesh, family)} ${ip} daddr != ${innerMatch(mesh, family)}`;
    return `${match} snat ${ip} to ${ownAddressOf(mesh, family)}`;
  });
}

const fromOutside = `iifname != "pw*" iifname != "lo" fib daddr type local`;
const answers = `ct mark ${ownMark} ct direction reply meta mark set ${ownMark}`;

/** Chains by which who connects to this host from outside is answered the way that it came, as without a tunnel. */
export const answeringChains: readonly { readonly name: string; readonly lines: readonly string[] }[] = [
  {
    name: "outside",
    lines: [
      "type filter hook prerouting priority mangle; policy accept;",
      `${fromOutside} ct direction original ct mark 0 ct mark set ${ownMark}`,
      `${fromOutside} meta mark 0 meta mark set ${ownMark}`,
      answers,
    ],
  },
  { name: "answering", lines: ["type route hook output priority mangle; policy accept;", answers] },
];
