// What a host's kernel should hold for the overlay, what it does hold, and the least changes between them. Pure: `machine`
// reads and changes the real thing.
import type { Family } from "../../net/address.ts";
import type { MeshState, PlaneName } from "../../wire/mesh.ts";
import type { OwnRoute } from "../subnets/onward-links.ts";
import type { Way } from "./firewall.ts";

/** Interfaces that Portway may have on a host. */
export const planeNames: readonly PlaneName[] = ["pw0", "pwr", "pwr1", "pwr2", "pwr3", "pwx"];

/** Marks the routes and rules that are Portway's, in the kernel itself (rtm_protocol). */
export const routeProtocol = "181";
/** Table by which a relay passes packets on, whatever its own routes say. */
export const relayTable = "51822";
/** The same for its bypass, while a key of the way over it is replaced. */
export const bypassTable = "51821";
/** Table of what a host sends to the internet through exit hosts. */
export const tunnelTable = "51823";
export const mainTable = "main";
/** Of Portway's routing rules, in the order in which the kernel asks them. */
export const priorities = { relay: 5182, control: 5183, ownNetworks: 5184, tunnel: 5185 } as const;
/** Of routes to networks behind hosts: a route of the machine's own to the same network comes first, and is not replaced. */
export const subnetMetric = 5182;
/** Mark of WireGuard's own packets on a host that routes more than the overlay through its planes. */
export const ownMark = 0x5182;

/** A WireGuard interface. */
export interface Link {
  readonly name: PlaneName;
  readonly listenPort: number;
  /** Of the packets that it sends itself; 0: none. */
  readonly mark: number;
  readonly mtu: number;
  /** With prefix length, sorted. */
  readonly addresses: readonly string[];
  readonly publicKey: string;
  /** The private key is handed to WireGuard by the name of its file alone. */
  readonly keyFile: string;
}

export interface Peer {
  readonly link: PlaneName;
  readonly publicKey: string;
  /** Literal address and port; absent: learnt from the peer's packets, or a name that is not resolved yet. */
  readonly endpoint?: string;
  readonly keepaliveSeconds: number;
  readonly allowedIps: readonly string[];
}

export interface Route {
  /** A number, or `main`. */
  readonly table: string;
  /** With prefix length. */
  readonly destination: string;
  /** Absent: the destination is unreachable, so that overlay packets never leave by the default route. */
  readonly link?: string;
  /** Without a link: it is left to the rules that come later. */
  readonly isThrown?: true;
  readonly source?: string;
  /** The largest packet that goes by it whole, bytes; absent: the interface's. */
  readonly mtu?: number;
  /** The kernel's usual one unless told. */
  readonly metric?: number;
}

/** Which packets look in which table; all, unless told. */
export interface Rule {
  readonly family: Family;
  readonly priority: number;
  readonly table: string;
  /** Those that arrive there. */
  readonly link?: string;
  /** TCP connections to that address. */
  readonly to?: { readonly address: string; readonly port: number };
  /** Those without this mark. */
  readonly unlessMarked?: number;
  /** The table's default route is none to them. */
  readonly exceptDefault?: true;
}

/** A file under /proc/sys. */
export interface Setting {
  readonly path: string;
  readonly value: string;
}

/** The whole desired state. */
export interface Overlay {
  readonly links: readonly Link[];
  readonly peers: readonly Peer[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** The whole table, as text for `nft -f`. */
  readonly firewall: string;
  /** Interfaces between whose peers packets are passed on. */
  readonly relayLinks: readonly PlaneName[];
  /** Interfaces by which networks are reached that this host routes for others. */
  readonly onward: readonly OnwardLink[];
  /** The machine's own interfaces towards the internet, where what leaves by them is told by its mark. */
  readonly uplinks: readonly string[];
}

/** An interface of the machine's own that leads to networks which others reach through this host. */
export interface OnwardLink {
  readonly name: string;
  readonly families: readonly Family[];
  readonly isBridge: boolean;
}

/** A peer as WireGuard tells of it. */
export interface PeerState {
  readonly publicKey: string;
  readonly endpoint?: string;
  readonly allowedIps: readonly string[];
  /** Unix seconds; 0: never. */
  readonly handshakeAtSeconds: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly keepaliveSeconds: number;
}

/** What WireGuard tells of an interface, without the private key. */
export interface Device {
  readonly publicKey: string;
  readonly listenPort: number;
  /** Absent: none. */
  readonly mark?: number;
  readonly peers: readonly PeerState[];
}

/** An interface that exists. */
export interface LinkState {
  /** The kernel's count: another one for an interface that was made anew. */
  readonly index?: number;
  readonly mtu: number;
  readonly up: boolean;
  /** With prefix length, without link-local ones. */
  readonly addresses: readonly string[];
  /** Absent: nothing answers for it as WireGuard. */
  readonly device?: Device;
}

/** Packets and bytes that the firewall's table has counted since it was loaded. */
export interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

/** By the other end's overlay address, without length. */
export type Traffic = Readonly<Record<Way, ReadonlyMap<string, Counted>>>;

/** What there is. Only Portway's own links, routes and rules. */
export interface Actual {
  readonly links: ReadonlyMap<string, LinkState>;
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** The machine's own, if they were asked for. */
  readonly ownRoutes: readonly OwnRoute[];
  /** Whether the firewall is as the given text made it. */
  readonly firewallHolds: (text: string) => boolean;
  /** Absent: there is no such table. */
  readonly traffic?: Traffic;
  /** Values by path, of those that exist. */
  readonly settings: ReadonlyMap<string, string>;
  /** Machine-wide settings that Portway changed, with the values to go back to. */
  readonly changedSettings: ReadonlyMap<string, string>;
}

/** One step of a reconciliation; the words are those that follow `ip`, or `wg set LINK`. */
export type Change =
  | { readonly kind: "firewall"; readonly text: string }
  | { readonly kind: "removeLink"; readonly link: PlaneName }
  | { readonly kind: "createLink"; readonly link: PlaneName }
  | { readonly kind: "wg"; readonly link: PlaneName; readonly words: readonly string[] }
  | { readonly kind: "ip"; readonly words: readonly string[] }
  | { readonly kind: "setting"; readonly setting: Setting; readonly machineWide: boolean }
  | { readonly kind: "restoreSettings"; readonly except: readonly string[] };

export const families: readonly Family[] = [4, 6];
export const familyOf = (addressOrPrefix: string): Family => (addressOrPrefix.includes(":") ? 6 : 4);
/** The overlay's prefix of one family. */
export const rangeOf = ({ host }: MeshState, family: Family) => (family === 4 ? host.ipv4Prefix : host.ipv6Prefix);
/** The host's own address in it. */
export const ownAddressOf = ({ host }: MeshState, family: Family) => (family === 4 ? host.ipv4 : host.ipv6);
