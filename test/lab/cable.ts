// The cable between a box and its segment, with faults on it. Drops are made at the far end, in nftables' netdev hooks, so
// that neither the sender nor anybody's conntrack notices them, as on a real line.
import type { Box } from "./box.ts";

/** Towards the box (`in`), away from it (`out`); both unless told. */
export type Direction = "in" | "out";

/** What to drop; every given field must match. */
export interface Block {
  readonly protocol?: "tcp" | "udp" | "icmp";
  /** Address of the other end. */
  readonly address?: string;
  /** Port of the other end. */
  readonly port?: number;
  /** Port of the box. */
  readonly localPort?: number;
  readonly direction?: Direction;
}

export interface Impairment {
  /** Share of packets dropped at random, 0 to 100. */
  readonly lossPercent: number;
  readonly direction?: Direction;
}

export interface Cable {
  /** Replaces the impairment. */
  readonly impair: (impairment: Impairment) => Promise<void>;
  /** Adds drop rules. */
  readonly block: (...blocks: readonly Block[]) => Promise<void>;
  /** Takes all drop rules away; the impairment stays. */
  readonly unblock: () => Promise<void>;
  /** As if it were pulled out: the box keeps its addresses and routes and sees no carrier. */
  readonly linkDown: () => Promise<void>;
  readonly linkUp: () => Promise<void>;
  /** Sets the MTU of both ends. */
  readonly setMtu: (bytes: number) => Promise<void>;
  /** Takes the cable and the box's interface away. */
  readonly remove: () => Promise<void>;
}

/** The cable from `device` in `box` to `port` in `router`, which are there already. */
export function openCable(box: Box, device: string, router: Box, port: string): Cable {
  let blocks: readonly Block[] = [];
  let impairment: Impairment = { lossPercent: 0 };
  const applyFaults = async () => {
    await router.run(["nft", "-f", "-"], { input: faultTable(port, blocks, impairment) });
  };
  return {
    impair: (next) => {
      impairment = next;
      return applyFaults();
    },
    block: (...added) => {
      blocks = [...blocks, ...added];
      return applyFaults();
    },
    unblock: () => {
      blocks = [];
      return applyFaults();
    },
    linkDown: () => router.ip([`link set ${port} down`]),
    linkUp: () => router.ip([`link set ${port} up`]),
    setMtu: async (bytes) => {
      await Promise.all([router.ip([`link set ${port} mtu ${bytes}`]), box.ip([`link set ${device} mtu ${bytes}`])]);
    },
    remove: () => router.ip([`link del ${port}`]),
  };
}

function faultTable(port: string, blocks: readonly Block[], impairment: Impairment): string {
  const { lossPercent } = impairment;
  const loss = lossPercent > 0 ? [`numgen random mod 10000 < ${Math.round(lossPercent * 100)} drop`] : [];
  const chain = (direction: Direction, hook: string) => {
    const concerns = (one: { readonly direction?: Direction }) => (one.direction ?? direction) === direction;
    const rules = [
      ...blocks.filter(concerns).flatMap((block) => blockRules(block, direction)),
      ...(concerns(impairment) ? loss : []),
    ];
    return `chain ${direction} { type filter hook ${hook} device "${port}" priority 0; ${rules.map((rule) => `${rule}; `).join("")}}`;
  };
  const table = `table netdev ${port}`;
  return `${table}\ndelete ${table}\n${table} {\n${chain("out", "ingress")}\n${chain("in", "egress")}\n}\n`;
}

function blockRules(block: Block, direction: Direction): string[] {
  const [there, here] = direction === "out" ? (["d", "s"] as const) : (["s", "d"] as const);
  const address =
    block.address === undefined ? [] : [`${block.address.includes(":") ? "ip6" : "ip"} ${there}addr ${block.address}`];
  // Neighbour discovery is ICMPv6 too, and a line without it would be down.
  const icmp = [
    "ip protocol icmp",
    "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, echo-request, echo-reply }",
  ];
  if (block.protocol === "icmp") return icmp.map((match) => [...address, match, "drop"].join(" "));
  const ports = [
    ...(block.port === undefined ? [] : [`th ${there}port ${block.port}`]),
    ...(block.localPort === undefined ? [] : [`th ${here}port ${block.localPort}`]),
  ];
  const protocol = block.protocol ?? (ports.length > 0 ? "{ tcp, udp }" : undefined);
  return [[...address, ...(protocol === undefined ? [] : [`meta l4proto ${protocol}`]), ...ports, "drop"].join(" ")];
}
