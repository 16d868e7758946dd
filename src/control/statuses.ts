// What hosts last said of themselves, in memory alone: after a restart of control they say it again within seconds. Times are
// of the wall clock, and go with it when it jumps: what was heard a moment ago was so by the new time too.
import type { Clock } from "../lib/clock.ts";
import type { AgentStatus, EdgeStatus, HostStatus, StreamPart } from "../wire/stream.ts";

/** One status and when it came. */
export interface Received<Status> {
  readonly status: Status;
  readonly atMs: number;
}

/** What is known of one host's programs. */
export interface Heard {
  readonly agent?: Received<AgentStatus>;
  readonly edge?: Received<EdgeStatus>;
  /** Streams that are open now. */
  readonly streams: readonly StreamPart[];
  /** When the agent's stream opened last. */
  readonly agentSinceMs?: number;
  readonly lastSeenMs?: number;
}

export interface Statuses {
  /** Since when hosts are listened to. */
  readonly sinceMs: () => number;
  readonly of: (host: string) => Heard;
  readonly all: () => ReadonlyMap<string, Heard>;
  readonly report: (host: string, status: HostStatus) => void;
  /** It is there, whatever else is known of it. */
  readonly seen: (host: string) => void;
  readonly connected: (host: string, part: StreamPart) => void;
  readonly disconnected: (host: string, part: StreamPart) => void;
  readonly forget: (host: string) => void;
}

/** A status older than this says nothing of now. */
export const freshMs = 30_000;

const unheard: Heard = { streams: [] };
/** The wall clock is corrected in small steps all the time. */
const mostStepMs = 1_000;

export function createStatuses(clock: Pick<Clock, "now" | "monotonic">): Statuses {
  const hosts = new Map<string, Heard>();
  let sinceMs = clock.now();
  let ahead = clock.now() - clock.monotonic();
  const keepUp = () => {
    const jumpedMs = clock.now() - clock.monotonic() - ahead;
    if (Math.abs(jumpedMs) < mostStepMs) return;
    ahead += jumpedMs;
    sinceMs += jumpedMs;
    for (const [host, heard] of hosts) hosts.set(host, moved(heard, jumpedMs));
  };
  const of = (host: string) => {
    keepUp();
    return hosts.get(host) ?? unheard;
  };
  const update = (host: string, change: Partial<Heard>) =>
    hosts.set(host, { ...of(host), ...change, lastSeenMs: clock.now() });
  return {
    sinceMs() {
      keepUp();
      return sinceMs;
    },
    of,
    all() {
      keepUp();
      return hosts;
    },
    report: (host, status) => update(host, { [status.program]: { status, atMs: clock.now() } }),
    seen: (host) => void update(host, {}),
    connected: (host, part) =>
      update(host, {
        streams: [...of(host).streams, part],
        ...(part === "mesh" && { agentSinceMs: clock.now() }),
      }),
    disconnected(host, part) {
      const streams = [...of(host).streams];
      const at = streams.indexOf(part);
      if (at >= 0) streams.splice(at, 1);
      if (hosts.has(host)) update(host, { streams });
    },
    forget: (host) => void hosts.delete(host),
  };
}

function moved({ agent, edge, streams, agentSinceMs, lastSeenMs }: Heard, byMs: number): Heard {
  const received = <Status>({ status, atMs }: Received<Status>) => ({ status, atMs: atMs + byMs });
  return {
    streams,
    ...(agent && { agent: received(agent) }),
    ...(edge && { edge: received(edge) }),
    ...(agentSinceMs !== undefined && { agentSinceMs: agentSinceMs + byMs }),
    ...(lastSeenMs !== undefined && { lastSeenMs: lastSeenMs + byMs }),
  };
}

/** The agent's or edge's last status, unless it is too old. */
export function fresh<Status>(received: Received<Status> | undefined, nowMs: number): Status | undefined {
  return received && nowMs - received.atMs <= freshMs ? received.status : undefined;
}

/** Hosts from or to which a packet came through a tunnel lately, by their own word or another's. */
export function onlineHosts(all: ReadonlyMap<string, Heard>, nowMs: number): ReadonlySet<string> {
  const online = new Set<string>();
  for (const [host, { agent }] of all) {
    for (const peer of fresh(agent, nowMs)?.peers ?? []) {
      if (peer.online) online.add(host).add(peer.host);
    }
  }
  return online;
}
