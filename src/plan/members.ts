// Who is in the network: the hosts of the file, and those that joined by token without being in it.
import { formatAddress, parseAddress } from "../net/address.ts";
import { addressAt, hostPrefix, offsetIn, parsePrefix, subPrefix } from "../net/prefix.ts";
import type { Endpoint, ExitSpec, HooksSpec, HostSpec, Role, Spec, TunnelSpec } from "../spec/types.ts";
import type { PlaneName } from "../wire/mesh.ts";
import { type HostAddresses, hostSubnet } from "./addresses.ts";
import { isDrained } from "./drains.ts";
import { forgetful, type Memory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { heldKeys, usedGenerations } from "./rotation/effects.ts";

export interface Member {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Of the file and of the token it joined with. */
  readonly tags: readonly string[];
  readonly endpoint: Endpoint | undefined;
  readonly ports: HostSpec["ports"];
  /** Networks that it routes for others. */
  readonly routes: readonly string[];
  /** What it routes there has its own address as source. */
  readonly masquerade: boolean;
  /** Commands of its own; absent: none. */
  readonly hooks?: HooksSpec;
  /** What it leads to the internet for others; absent: nothing. */
  readonly exit?: ExitSpec;
  /** What it sends to the internet through exit hosts; absent: nothing. */
  readonly tunnel?: TunnelSpec;
  /** And not away for longer than its grace. */
  readonly joined: boolean;
  /** It is being taken out of use: relayed packets leave it for another relay. */
  readonly drained: boolean;
  readonly stale: boolean;
  readonly ephemeral: boolean;
  readonly graceMs: number | undefined;
  readonly ipv4: string;
  readonly ipv6: string;
  /** Its overlay addresses as /32 and /128. */
  readonly prefixes: readonly string[];
  /** Public keys by plane, as others hold them. */
  readonly keys: Readonly<Partial<Record<PlaneName, string>>>;
  /** Which of its private keys it uses, by plane; 1 unless told. */
  readonly generations: Readonly<Partial<Record<PlaneName, number>>>;
  /** Its address on each plane alone. */
  readonly probes: Readonly<Record<PlaneName, string>>;
  readonly removalsConfirmedAt: number;
}

/** UDP ports of a host that the file does not mention. */
const defaultPorts = { direct: 51820, relay: 51822 };

/** Which of the reserved subnets (`…:ff00::/64` and on) holds the probe addresses of a plane. */
const probeSubnets: Readonly<Record<PlaneName, bigint>> = { pw0: 0n, pwr1: 1n, pwr2: 2n, pwr3: 3n, pwx: 4n, pwr: 5n };
const firstProbeSubnet = 0xff00n;

/** Members by name. A host for which the range had no room is none. */
export function membersOf(
  spec: Spec,
  observed: Observed,
  addresses: ReadonlyMap<string, HostAddresses>,
  memory: Memory = forgetful,
): readonly Member[] {
  return [...addresses].flatMap(([name, address]) => {
    const written = own(spec.hosts, name);
    const known = own(observed.hosts, name);
    if (!written && !known?.joined) return [];
    const member: Member = {
      name,
      roles: written?.roles ?? [],
      tags: [...new Set([...(written?.tags ?? []), ...(known?.tags ?? [])])].sort(),
      endpoint: written?.endpoint,
      ports: written?.ports ?? defaultPorts,
      routes: written?.routes ?? [],
      masquerade: written?.masquerade ?? true,
      ...(written?.hooks && { hooks: written.hooks }),
      ...(written?.exit && { exit: written.exit }),
      ...(written?.tunnel && { tunnel: written.tunnel }),
      joined: known?.joined === true && !known.stale,
      stale: known?.stale ?? false,
      drained: isDrained(observed, "host", name),
      ephemeral: written?.ephemeral ?? false,
      graceMs: written?.graceMs,
      ...placeOf(name, address, spec.network.ipv6, memory),
      keys: { ...known?.keys, ...heldKeys(observed.rotation, name) },
      generations: { ...known?.generations, ...usedGenerations(observed.rotation, name) },
      removalsConfirmedAt: known?.removalsConfirmedAt ?? 0,
    };
    return [memory.recall(`member ${name}`, member)];
  });
}

type Place = Pick<Member, "ipv4" | "ipv6" | "prefixes" | "probes">;

/** All addresses of a host: reckoned anew only when they move. */
function placeOf(name: string, { ipv4, ipv6 }: HostAddresses, networkIpv6: string, memory: Memory): Place {
  const key = `place ${name}`;
  const from = `${networkIpv6} ${ipv4} ${ipv6}`;
  const known = memory.last<{ readonly from: string; readonly place: Place }>(key);
  const place =
    known?.from === from
      ? known.place
      : { ipv4, ipv6, prefixes: [hostPrefix(ipv4)!, hostPrefix(ipv6)!], probes: probeAddresses(networkIpv6, ipv6) };
  memory.keep(key, { from, place });
  return place;
}

/** The host's interface identifier in the probe subnet of each plane. */
function probeAddresses(networkIpv6: string, ipv6: string): Readonly<Record<PlaneName, string>> {
  const identifier = offsetIn(hostSubnet(networkIpv6), parseAddress(ipv6)!)!;
  const network = parsePrefix(networkIpv6)!;
  const probe = (subnet: bigint) =>
    formatAddress(addressAt(subPrefix(network, 64, firstProbeSubnet + subnet)!, identifier)!);
  return {
    pw0: probe(probeSubnets.pw0),
    pwr: probe(probeSubnets.pwr),
    pwr1: probe(probeSubnets.pwr1),
    pwr2: probe(probeSubnets.pwr2),
    pwr3: probe(probeSubnets.pwr3),
    pwx: probe(probeSubnets.pwx),
  };
}
