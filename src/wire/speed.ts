// What two hosts measure of the line between them when they are asked to (`portway speed`).

/** Seconds that each direction is filled for. */
export const speedBounds = { least: 1, most: 15, usual: 5 } as const;

/** All of a measurement beside the two flows takes no longer than this. */
export const speedOverheadMs = 20_000;

/** What is asked of the host that is measured: to listen, for the other one alone. */
export interface SpeedServe {
  readonly host: string;
  /** Every request carries it. */
  readonly token: string;
  readonly forMs: number;
  /** Requests are answered outside the tunnel too. */
  readonly outside: boolean;
}

/** Where it listens. */
export interface SpeedPorts {
  readonly iperf: number;
  readonly requests: number;
}

/** What is asked of the host that measures. */
export interface SpeedRun {
  readonly host: string;
  readonly token: string;
  readonly ports: SpeedPorts;
  readonly seconds: number;
  readonly outside: boolean;
}

/** A machine while a flow filled the line: share of all its cores, and of the busiest, 0 to 1. */
export interface Busy {
  readonly all: number;
  readonly busiest: number;
}

export type Limit = "cpu" | "mtu" | "loss" | "link";

/** One direction, by one TCP connection. */
export interface Flow {
  readonly bitsPerSecond: number;
  /** Segments that were sent again, and their share of all. */
  readonly retransmits: number;
  readonly retransmitShare: number;
  /** As TCP saw it with the line full; absent: the sender's kernel did not tell. */
  readonly roundTripMs?: number;
  readonly sender: Busy;
  readonly receiver: Busy;
  /** What kept it from being more, and why that is thought. */
  readonly limit: Limit;
  readonly because: string;
}

/** Requests one after the other. */
export interface Latency {
  readonly requests: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface RequestTimes {
  /** GET with a small answer, over HTTP/2 without TLS. */
  readonly http2: Latency;
  /** The same as gRPC sends it: a framed message each way, and trailers. */
  readonly grpc: Latency;
}

export interface SpeedMeasured {
  readonly path: { readonly kind: "direct" | "relay"; readonly plane: string; readonly via?: string };
  /** Of the path, bytes. */
  readonly mtu?: number;
  /** Of probes on the idle line; jitter is the mean difference from one to the next. */
  readonly roundTrip: {
    readonly medianMs: number;
    readonly jitterMs: number;
    readonly lost: number;
    readonly sent: number;
  };
  readonly there: Flow;
  readonly back: Flow;
  readonly inside: RequestTimes;
  /** Without the tunnel; absent: not asked for, or there is no way. */
  readonly outside?: RequestTimes;
  /** Why there is none, where it was asked for. */
  readonly outsideFailed?: string;
}

/** POST /v1/hosts/:name/speed */
export interface SpeedRequest {
  readonly to: string;
  readonly seconds: number;
  readonly outside: boolean;
}

export interface SpeedAnswer extends SpeedMeasured {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
}
