// `portway trace`: one packet's way, proven. The first host sends a probe, and it, the relays between and the other end count
// where it passes. Where it is for an address behind a host or in the internet, the other end is the host that leads there.
import type { PathObject } from "./mesh.ts";

/** A probe that no other packet is taken for. */
export interface TraceFlow {
  /** An overlay address of the host that sends; canonical, as the other. */
  readonly from: string;
  /** Another host's, or any other address of the same family. */
  readonly to: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** For tcp and udp: where it goes. */
  readonly port?: number;
  /** For tcp and udp the port that it comes from, for icmp its identifier. */
  readonly mark: number;
}

/** First all of them watch, then one sends, then all of them tell. */
export interface TraceQuestion {
  readonly kind: "trace";
  readonly step: "watch" | "send" | "tell";
  readonly flow: TraceFlow;
}

/** Undefined for what is none; its addresses and numbers are the agent's to judge. */
export function traceQuestionOf({ step, flow }: Readonly<Record<string, unknown>>): TraceQuestion | undefined {
  const known = (["watch", "send", "tell"] as const).find((one) => one === step);
  if (known === undefined || typeof flow !== "object" || flow === null) return undefined;
  const { from, to, protocol, port, mark } = flow as Readonly<Record<string, unknown>>;
  const kind = (["tcp", "udp", "icmp"] as const).find((one) => one === protocol);
  if (typeof from !== "string" || typeof to !== "string" || typeof mark !== "number") return undefined;
  if (kind === undefined || (kind === "icmp" ? port !== undefined : typeof port !== "number")) return undefined;
  return {
    kind: "trace",
    step: known,
    flow: { from, to, protocol: kind, ...(typeof port === "number" && { port }), mark },
  };
}

/** What became of the probe, as the host that sent it sees it. */
export interface TraceSent {
  /** `open`: it was accepted or answered; `refused`: nothing listens there; `unreachable`: there was no way to send it. */
  readonly outcome: "open" | "refused" | "silent" | "unreachable";
  /** The interface by which it would have gone past the network: then it was not sent. */
  readonly past?: string;
  /** The host that leads to the address, where it is no host's. */
  readonly through?: string;
  /** How packets to the other end go now. */
  readonly path?: { readonly kind: PathObject["kind"]; readonly plane: string; readonly via?: string };
}

/** Packets of the probe, and of the answers to it, that passed a place of one host. */
export interface TraceCounts {
  /** Made here. */
  readonly made: number;
  /** Left by a plane. */
  readonly left: number;
  /** Came out of a plane, before any firewall. */
  readonly arrived: number;
  /** Were let in, or passed on to what is behind this host, by Portway's firewall. */
  readonly letIn: number;
  /** And by all others too. */
  readonly taken: number;
  /** Or came from behind this host. */
  readonly answersMade: number;
  readonly answersLeft: number;
  readonly answersArrived: number;
}

/** A place on the way and what was seen there. */
export interface TraceStep {
  /** Or the address that is no host's. */
  readonly host: string;
  readonly layer: "route" | "tunnel" | "relay" | "firewall" | "service" | "answer";
  readonly ok: boolean;
  readonly text: string;
}

export interface TraceAnswer {
  readonly from: string;
  /** A host, or an address that is no host's. */
  readonly to: string;
  readonly protocol: TraceFlow["protocol"];
  readonly port?: number;
  /** The probe came to the other end and was let in there, or passed on to the address. */
  readonly reached: boolean;
  /** What the rules say. */
  readonly allowed: boolean;
  /** The way; it ends at the place that let nothing on. */
  readonly steps: readonly TraceStep[];
}
