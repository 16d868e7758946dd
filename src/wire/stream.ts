// Control to host: newline-delimited JSON over one long GET (TLS, host certificate); host to control: small posts, over the same
// connection where control takes up `streamProtocol`, else by requests of their own.
import type { BreakerReport, DrainReport } from "./edge-state.ts";
import type { Problem } from "./errors.ts";
import type { OwnNetwork } from "./networks.ts";
import type { Objects } from "./objects.ts";
import type { SpeedRun, SpeedServe } from "./speed.ts";
import type { TraceQuestion } from "./trace.ts";
import type { Warning } from "./warnings.ts";

/** Which objects a program follows: `GET /v1/stream?part=mesh&digest=…`. */
export type StreamPart = "mesh" | "edge";

/** First `hello`, then a `snapshot` (left out when the host's digest already matches), then deltas; `ping` keeps it warm. */
export type StreamMessage =
  | { readonly type: "hello"; readonly capability: number; readonly revision: number; readonly digest: string }
  | { readonly type: "snapshot"; readonly to: number; readonly objects: Objects; readonly digest: string }
  | {
      readonly type: "delta";
      readonly from: number;
      readonly to: number;
      readonly upserts: Objects;
      readonly removes: readonly string[];
      readonly digest: string;
    }
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  | { readonly type: "ping" }
  /** A post over the stream was heard, or was not taken. */
  | Posted
  /** The host is no member yet: an administrator has to approve it. */
  | { readonly type: "waiting" }
  | { readonly type: "removed" };

/** The protocol that a host asks for (header `Upgrade`) to post over its stream. */
export const streamProtocol = "portway-stream";

/** What may be posted over a stream. */
export type PostedRoute = "selfStatus" | "selfAnswer";

/** Of the line of a Post, in UTF-16 units; as long as the body of a request may be. A longer one ends the stream. */
export const maxPostLength = 1.5 * 1024 * 1024;

/** Host to control, a line each: the body of that route. Control answers them in order. */
export interface Post {
  readonly type: "post";
  readonly id: number;
  readonly route: PostedRoute;
  readonly body: unknown;
}

/** `type` comes first in its line, so that it is told from a state, which may be long, without reading that. */
export interface Posted {
  readonly type: "posted";
  readonly id: number;
  /** Absent: it was taken. */
  readonly problem?: Problem;
}

const postedStart = '{"type":"posted",';

/** A line of the stream that answers a post; undefined for all others, which are not read, and for a damaged one. */
export function postedOf(line: string): Posted | undefined {
  if (!line.startsWith(postedStart)) return undefined;
  try {
    const posted = JSON.parse(line) as Partial<Posted>;
    return typeof posted.id === "number" ? (posted as Posted) : undefined;
  } catch {
    return undefined;
  }
}

/** What control asks a host, whose program posts its answer to /v1/self/answer. */
export type Question =
  /** The report of one request, or the last failures: a list of WhyReport. */
  | { readonly kind: "why"; readonly request?: string }
  /** What goes through it now: an EdgeTop. */
  | { readonly kind: "top" }
  /** Asked of an agent: the paths to another host, each probed `count` times: a list of PathPing. */
  | { readonly kind: "ping"; readonly host: string; readonly count: number }
  /** Asked of agents: `send` is answered by a TraceSent, `tell` by TraceCounts. */
  | TraceQuestion
  /** To listen for another host's measurement: SpeedPorts. */
  | ({ readonly kind: "speedServe" } & SpeedServe)
  /** To measure what another host, which listens, can be sent: SpeedMeasured. */
  | ({ readonly kind: "speedRun" } & SpeedRun);

/** Seconds between pings; three missed mean that the stream is dead. */
export const streamPingSeconds = 10;

export interface PeerStatus {
  readonly host: string;
  /** How packets go now; undefined: no path is proven. */
  readonly path?: { readonly kind: "direct" | "relay"; readonly plane: string; readonly via?: string };
  /** A probe came back through the tunnel within the last few seconds. */
  readonly online: boolean;
  readonly roundTripMs?: number;
  /** The largest packet to it that arrives whole, as it was measured on the path in use. */
  readonly mtu?: number;
  readonly handshakeAgeSeconds?: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Where the other end was looked for in vain, while there is no direct way to it; the last at the end. */
  readonly tried?: readonly string[];
  /** A handshake with the other end itself, on whatever plane, is young enough for packets to come from it. */
  readonly heard?: true;
  /** Of a pair that control wants to hear of: the plane that the kernel's routes name; absent while they are moved. */
  readonly plane?: string;
  /** Of such a pair: planes through which probes come back steadily. */
  readonly proven?: readonly string[];
}

/** A key that a host has, by its public half. */
export interface HostKey {
  readonly plane: string;
  readonly generation: number;
  /** Base64, 32 bytes. */
  readonly publicKey: string;
}

/** A relay that the host keeps warm. */
export interface RelayStatus {
  readonly host: string;
  readonly plane: string;
  /** It answers. */
  readonly online: boolean;
  readonly roundTripMs?: number;
  /** What was tried since it does not answer, in words, the last at the end. */
  readonly tried?: readonly string[];
}

/** A change that the agent does not make until a person confirms it (no push can empty a host). */
export interface HeldRemoval {
  readonly revision: number;
  readonly peers: readonly string[];
  readonly of: number;
}

/** The host through which another one reaches a network: a router, or an exit to the internet. */
export interface RouterStatus {
  /** A prefix; `0.0.0.0/0` and `::/0` are the internet. */
  readonly network: string;
  /** Absent: there is none. */
  readonly host?: string;
  /** Whether it answers. */
  readonly online: boolean;
}

export interface AgentStatus {
  readonly program: "agent";
  readonly capability: number;
  readonly version: string;
  /** Revision in force. */
  readonly revision: number;
  readonly wireguard: "kernel" | "userspace";
  /** Of the objects in force: when it is control's own, this host is what it should be. */
  readonly digest?: string;
  /** Keys that a rotation asked for. */
  readonly keys?: readonly HostKey[];
  readonly peers: readonly PeerStatus[];
  readonly relays?: readonly RelayStatus[];
  /** Networks that it reaches through other hosts. */
  readonly routers?: readonly RouterStatus[];
  /** Happenings that control may not have heard of yet, oldest first. */
  readonly events?: readonly HostEvent[];
  readonly held?: HeldRemoval;
  /** The last reconcile's error, if it failed. */
  readonly error?: string;
  /** What the agent found on its own host: another firewall that drops what this relay passes on. */
  readonly warnings?: readonly Warning[];
  /** Networks that the host has of its own, so that a plan can tell what would be in their way. */
  readonly networks?: readonly OwnNetwork[];
  /** Host clock, ms since the epoch, so that control can see skew. */
  readonly clockMs: number;
}

export interface TargetStatus {
  readonly service: string;
  readonly target: string;
  /** Left out for a while, because its requests failed. */
  readonly ejected: boolean;
  /** Why its health check leaves it out. */
  readonly down?: string;
  /** Of listeners, open now; absent where no listener uses it. */
  readonly connections?: number;
}

export interface ListenerStatus {
  readonly name: string;
  readonly port: number;
  readonly services: readonly string[];
  /** Of clients, open now. */
  readonly connections: number;
}

/** A target or a breaker changed its state. */
export interface HostEvent {
  /** Of this event alone, and higher than those before it while the edge runs. */
  readonly id: number;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
}

export interface EdgeStatus {
  readonly program: "edge";
  readonly capability: number;
  readonly version: string;
  /** Snapshot revision in force in every worker. */
  readonly revision: number;
  readonly nginx: {
    readonly running: boolean;
    readonly workers: number;
    /** Workers that a reload has replaced and that have requests left; absent: there are none. */
    readonly leaving?: { readonly workers: number; readonly requests: number };
    readonly configError?: string;
  };
  /** Why the last pushed snapshot was refused. */
  readonly snapshotError?: string;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
  /** Requests that clients gave up before their answer, or were refused for that, and floods of HTTP/2; absent: an older edge. */
  readonly givenUpPerSecond?: number;
  readonly floodsPerSecond?: number;
  readonly targets: readonly TargetStatus[];
  /** What is drained, and the requests that are left of it. */
  readonly drains?: readonly DrainReport[];
  /** Absent: there are none. */
  readonly listeners?: readonly ListenerStatus[];
  /** Of services that have one. */
  readonly breakers?: readonly BreakerReport[];
  /** Happenings that control may not have heard of yet, oldest first. */
  readonly events?: readonly HostEvent[];
  /** What the edge found on its own host: keys or certificates that cannot be used, and the like. */
  readonly warnings?: readonly Warning[];
  readonly clockMs: number;
}

export type HostStatus = AgentStatus | EdgeStatus;
