// The cable between a box and its segment, and the faults on it.
import type { Box } from "./box.ts";
import { type Block, faultTable, type Impairment } from "./faults.ts";

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
  /** As if a line further on were that small, and nobody said so: what is larger is lost. */
  readonly narrow: (bytes: number) => Promise<void>;
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
    narrow: (bytes) => router.ip([`link set ${port} mtu ${bytes}`]),
    remove: () => router.ip([`link del ${port}`]),
  };
}
