// What `portway can` answers: whether one host may reach another, and every place that its packets pass.

/** A place that has a say. */
export interface CanStep {
  readonly host: string;
  readonly layer: "rule" | "membership" | "route" | "plane" | "relay" | "firewall";
  /** Whether it lets the packets on. */
  readonly ok: boolean;
  readonly text: string;
}

export interface CanAnswer {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  readonly port?: number;
  /** The access rules and the other end's firewall let it in. */
  readonly allowed: boolean;
  /** The first rule that allows it, with its line in the file in force. */
  readonly rule?: { readonly index: number; readonly line: number; readonly text: string };
  /** The packet's way; it ends at the first place that does not let it on. */
  readonly steps: readonly CanStep[];
}
