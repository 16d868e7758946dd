// What the firewall says of the internet behind exit hosts: on the exit, and on the host that goes through one.
import { internetIpv6, notInternetIpv4 } from "../../net/internet.ts";
import { mergePrefixes } from "../../net/prefix.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { familyOf, ownMark } from "./model.ts";

/** Destinations that are the internet to a family, as a match on `daddr`. */
export function internetMatch({ ipv4Prefix }: MeshState["host"], family: 4 | 6): string {
  return family === 4 ? `!= { ${mergePrefixes([...notInternetIpv4, ipv4Prefix]).join(", ")} }` : internetIpv6;
}

/** The families by which this host leads others to the internet. */
export function familiesLed({ outward }: MeshState): readonly (4 | 6)[] {
  return ([4, 6] as const).filter((family) => outward.some(({ from }) => from.some((one) => familyOf(one) === family)));
}

/** What others send through this exit lives in the machine's own conntrack zone, where the answers arrive. */
export function arrivingAtExit(mesh: MeshState): readonly string[] {
  return familiesLed(mesh).map((family) => {
    const match = `${family === 4 ? "ip" : "ip6"} daddr ${internetMatch(mesh.host, family)}`;
    return `iifname "pw*" ${match} fib daddr type != local accept`;
  });
}

/** The internet knows no way to the overlay: to it such packets come from the exit. */
export function masqueradeAtExit(mesh: MeshState): readonly string[] {
  return familiesLed(mesh).map((family) => {
    const [ip, overlay] = family === 4 ? ["ip", mesh.host.ipv4Prefix] : ["ip6", mesh.host.ipv6Prefix];
    return `oifname != "pw*" ${ip} saddr ${overlay} ${ip} daddr ${internetMatch(mesh.host, family)} masquerade`;
  });
}

/**
 * A packet that answers one from outside goes by the tunnel only until it is marked, right after: it is known by its source,
 * and stays where its connection is known.
 */
export function leavingByTunnel({ host }: MeshState, zone: number): readonly string[] {
  return [`oifname "pw*" ip saddr ${host.ipv4Prefix}`, `oifname "pw*" ip6 saddr ${host.ipv6Prefix}`].map(
    (match) => `${match} ct zone set ${zone}`,
  );
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
