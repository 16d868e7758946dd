// What a host's agent is told: the desired state of its overlay, as keyed objects (wire/objects.ts) of these shapes.
//
//   host                 HostObject      who it is
//   plane/pw0            PlaneObject     one WireGuard interface
//   key/pw0              KeyObject       keys that it shall have, besides the one in use, while a rotation goes on
//   peer/pw0/api-1       PeerObject      one peer on a plane
//   pair/api-1           PairObject      a host it exchanges packets with, and the planes that can carry them
//   inbound/api-1        InboundObject   by which rules that host may open something towards this one
//   allow/1f0c…          AllowObject     and what they allow: one object for all hosts that they let in
//   forward/api-1        ForwardObject   on a relay: a spoke, and between whom and it it forwards
//   subnet/10.0.0.0/24   SubnetObject    a network behind other hosts, for who reaches it and for relays between
//   onward/api-1         OnwardObject    what that host may open towards the networks behind this one
//   outward/api-1        OutwardObject   what that host may open towards the internet through this one
//   tunnel               TunnelObject    what this host sends to the internet through others
//   hooks                HooksObject     commands of this host's own
//   trial                {}              go back to the state before, unless another comes in time
import type { Objects } from "./objects.ts";

/** `pw0` direct; `pwr1`…`pwr3` one each to a relay; `pwr` a relay's own, serving its spokes; `pwx` rotation bypass. */
export type PlaneName = "pw0" | "pwr" | "pwr1" | "pwr2" | "pwr3" | "pwx";

export interface HostObject {
  readonly name: string;
  readonly network: string;
  /** Overlay prefixes of the whole network. */
  readonly ipv4Prefix: string;
  readonly ipv6Prefix: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** UDP port that answers probes on each plane's probe address. */
  readonly probePort: number;
  /** Hosts whose removal a confirmed apply named: the guard against emptying pushes never holds these. */
  readonly released: readonly string[];
  /** Revision up to which a person confirmed held removals on this host. */
  readonly removalsConfirmedAt: number;
  /** Whether what it routes to networks behind it has its own address as source; absent: it routes to none. */
  readonly masquerade?: boolean;
}

export interface PlaneObject {
  readonly name: PlaneName;
  /** Of this host's key on it; absent: the newest that it has. */
  readonly generation?: number;
  /** UDP port; 0 lets the kernel choose (a spoke's relay plane). */
  readonly listenPort: number;
  readonly mtu: number;
  /** What the interface may be raised to where a line below it is larger; absent: it stays at `mtu`. */
  readonly mostMtu?: number;
  /** This host's address on this plane alone (IPv6, in the reserved probe subnet). */
  readonly probeAddress: string;
  /** The relay that a `pwr1`… plane leads to. */
  readonly relay?: string;
  /** The relay's own probe address there. */
  readonly relayProbeAddress?: string;
}

/** The host makes the private keys that are missing, keeps them for itself, and tells control their public halves. */
export interface KeyObject {
  readonly plane: PlaneName;
  readonly generations: readonly number[];
}

export interface PeerObject {
  readonly plane: PlaneName;
  readonly host: string;
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  /** `name:port`, `1.2.3.4:port` or `[::1]:port`; absent: learnt from the peer's packets. */
  readonly endpoint?: string;
  /** 0: none. */
  readonly keepaliveSeconds: number;
  /** Canonical prefixes, sorted. */
  readonly allowedIps: readonly string[];
  /** Prefixes beyond the pair's own that are routed to this plane only: probe addresses, a relay's own address. */
  readonly planeRoutes: readonly string[];
}

/** One way to reach a pair's other end; traffic moves to a plane only once a probe through it was answered. */
export interface PathObject {
  readonly plane: PlaneName;
  readonly kind: "direct" | "relay";
  /** The relay's name when kind is relay and the relay is a third host. */
  readonly via?: string;
  /** The other end's probe address on the plane that answers this path. */
  readonly probeAddress: string;
  /** The generations of all keys along it, added up: with another one it has to be proven anew. */
  readonly generation?: number;
  /** Leave it once another is proven, take it only while none is: its relay is drained. */
  readonly avoid?: true;
  /**
   * It carries probes alone: a rule keeps the pair's packets off relays, and by these the ends find a direct way; or a key
   * along it is being replaced. Packets that it carries leave it once another is steady, and none come to it.
   */
  readonly probesOnly?: true;
  /** A bypass that the two ends have to find through their NATs; the direct way to find is told by where it stands. */
  readonly sought?: true;
}

export interface PairObject {
  readonly host: string;
  /** The other end's overlay addresses (/32 and /128). */
  readonly prefixes: readonly string[];
  /** Most preferred first. */
  readonly paths: readonly PathObject[];
  /** Control wants to hear how each of these paths is. */
  readonly tell?: true;
}

/** One thing that may be opened. */
export interface Allow {
  readonly protocol: "tcp" | "udp" | "icmp" | "any";
  readonly first?: number;
  readonly last?: number;
  /** The host drops it from then on by itself (ms since the epoch). */
  readonly until?: number;
}

export interface InboundObject {
  readonly host: string;
  /** Source prefixes of that host. */
  readonly from: readonly string[];
  /** The id of the AllowObject. */
  readonly allowed: string;
}

export interface AllowObject {
  readonly allow: readonly Allow[];
}

/** What a host may open towards this one. */
export interface Inbound extends Pick<InboundObject, "host" | "from">, AllowObject {}

/** One spoke of the relay. Each pair is told once, at the end that comes first by name. */
export interface ForwardObject {
  readonly host: string;
  /** Its overlay addresses, which cross the relay to and from those of `pairs`. */
  readonly prefixes: readonly string[];
  /** Its probe address on the plane to this relay (/128), which crosses in any case. */
  readonly probe: string;
  /** That on the bypass, while its packets may cross there: from `pwx` to `pwx`, under the same rules. */
  readonly bypassProbe?: string;
  /** The spokes after it by name with which it exchanges packets. */
  readonly pairs: readonly string[];
  /** Those with which it exchanges probes alone: a rule keeps their packets off relays. */
  readonly probesOnly: readonly string[];
}

export interface SubnetObject {
  /** Canonical. */
  readonly prefix: string;
  /** Hosts that lead there; the first that answers carries the packets. */
  readonly routers: readonly string[];
  /** This host opens connections towards it. */
  readonly own?: true;
  /** Spokes of this host, a relay, whose packets to it and from it are passed on. */
  readonly passed?: readonly string[];
}

export interface OnwardObject {
  readonly host: string;
  /** Source prefixes of that host. */
  readonly from: readonly string[];
  readonly to: readonly { readonly prefix: string; readonly allow: readonly Allow[] }[];
}

export interface OutwardObject {
  readonly host: string;
  /** Source addresses of that host, of the families that this one leads to the internet by. */
  readonly from: readonly string[];
  readonly allow: readonly Allow[];
}

export interface TunnelObject {
  /** Exit hosts for IPv4; the first that answers carries its packets. */
  readonly exits: readonly string[];
  /** And for IPv6. */
  readonly exits6: readonly string[];
  /** Canonical prefixes; absent: everything. */
  readonly only?: readonly string[];
  /** Canonical prefixes that go as they would without a tunnel. */
  readonly except?: readonly string[];
}

/** Commands, each a program and its arguments; `%i` in a word is `pw0`. */
export interface HooksObject {
  readonly up: readonly (readonly string[])[];
  readonly down: readonly (readonly string[])[];
  /** For each command. */
  readonly timeoutMs: number;
}

/** The objects of one host, parsed and by kind. */
export interface MeshState {
  readonly host: HostObject;
  readonly planes: readonly PlaneObject[];
  readonly keys: readonly KeyObject[];
  readonly peers: readonly PeerObject[];
  readonly pairs: readonly PairObject[];
  readonly inbound: readonly Inbound[];
  readonly forwards: readonly ForwardObject[];
  readonly subnets: readonly SubnetObject[];
  readonly onward: readonly OnwardObject[];
  readonly outward: readonly OutwardObject[];
  readonly tunnel?: TunnelObject;
  readonly hooks?: HooksObject;
}

/** A state with this object is undone after that time. */
export const [trialKey, trialMs] = ["trial", 60_000] as const;

export const allowKey = (id: string) => `allow/${id}`;

/** What that host may open towards the one with these objects; undefined: nothing. */
export function inboundOf(objects: Objects, host: string): Inbound | undefined {
  const key = `inbound/${host}`;
  return Object.hasOwn(objects, key) ? withAllowed(JSON.parse(objects[key]!), objects) : undefined;
}

/** Objects that were kept by an older agent, or come from an older control, say by themselves what is allowed. */
function withAllowed({ allowed, ...inbound }: InboundObject & Partial<AllowObject>, objects: Objects): Inbound {
  const key = allowKey(allowed);
  const { allow } = inbound.allow ? inbound : Object.hasOwn(objects, key) ? JSON.parse(objects[key]!) : { allow: [] };
  return { ...inbound, allow };
}

/** Parses keyed objects; unknown kinds are left alone (a newer control may send them). Undefined without a `host` object. */
export function meshFromObjects(objects: Objects): MeshState | undefined {
  const { host, tunnel, hooks } = objects;
  if (host === undefined) return undefined;
  const ofKind = <T>(kind: string): T[] =>
    Object.keys(objects)
      .filter((key) => key.startsWith(`${kind}/`))
      .sort()
      .map((key) => JSON.parse(objects[key]!) as T);
  return {
    host: JSON.parse(host) as HostObject,
    planes: ofKind<PlaneObject>("plane"),
    keys: ofKind<KeyObject>("key"),
    peers: ofKind<PeerObject>("peer"),
    pairs: ofKind<PairObject>("pair"),
    inbound: ofKind<InboundObject>("inbound").map((inbound) => withAllowed(inbound, objects)),
    forwards: ofKind<ForwardObject>("forward"),
    subnets: ofKind<SubnetObject>("subnet"),
    onward: ofKind<OnwardObject>("onward"),
    outward: ofKind<OutwardObject>("outward"),
    ...(tunnel !== undefined && { tunnel: JSON.parse(tunnel) as TunnelObject }),
    ...(hooks !== undefined && { hooks: JSON.parse(hooks) as HooksObject }),
  };
}

/** A pair that a relay forwards for: all addresses of each end that may cross to any of the other's. */
export interface Crossing {
  readonly a: string;
  readonly b: string;
  readonly aPrefixes: readonly string[];
  readonly bPrefixes: readonly string[];
}

/** The spokes whose packets may cross the relay's bypass, as it sees them there. */
export function bypassForwards(forwards: readonly ForwardObject[]): readonly ForwardObject[] {
  return forwards.flatMap((spoke) => (spoke.bypassProbe === undefined ? [] : [{ ...spoke, probe: spoke.bypassProbe }]));
}

/** The pairs of a relay's spokes. Those of one end share its lists. */
export function* crossingsOf(forwards: readonly ForwardObject[]): Generator<Crossing> {
  const ends = new Map(
    forwards.map(({ host, prefixes, probe }) => [host, { all: [...prefixes, probe].sort(), probes: [probe] }]),
  );
  for (const { host, pairs, probesOnly } of forwards) {
    const a = ends.get(host)!;
    for (const name of pairs) {
      const b = ends.get(name);
      if (b) yield { a: host, b: name, aPrefixes: a.all, bPrefixes: b.all };
    }
    for (const name of probesOnly) {
      const b = ends.get(name);
      if (b) yield { a: host, b: name, aPrefixes: a.probes, bPrefixes: b.probes };
    }
  }
}
