// Open streams to hosts (wire/stream.ts). Each remembers what its host was told, and is level-triggered: when there is
// something new and the connection can take it, the difference is sent, however many changes it holds.
import type { Writable } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { capability } from "../wire/capability.ts";
import { deltaOf } from "../wire/objects.ts";
import { type StreamMessage, type StreamPart, streamPingSeconds } from "../wire/stream.ts";
import { type Desired, type HostState, nothingDesired, stateOf } from "./desired.ts";
import { createFeed, type Feed } from "./feed.ts";
import type { Statuses } from "./statuses.ts";

/** What a host's program was told last. */
export interface Told {
  readonly revision: number;
  readonly atMs: number;
}

export interface Streams {
  /**
   * Serves one stream until either end closes it. `digest` is of what the host holds already. Whatever else goes to the
   * host by that connection has to go by the feed that this answers.
   */
  readonly open: (host: string, part: StreamPart, digest: string | undefined, outgoing: Writable) => Feed;
  /** Tells every host what is new for it. */
  readonly sync: () => void;
  /** Says goodbye to a host that was removed. */
  readonly removed: (host: string) => void;
  /** Ends the streams of a host that has another name now: it opens others as what it is. */
  readonly renamed: (host: string) => void;
  /** Sends a message beside the state; false when the host has no such stream now. */
  readonly say: (host: string, part: StreamPart, message: StreamMessage) => boolean;
  readonly told: (host: string, part: StreamPart) => Told | undefined;
  /** Pings streams on which nothing else was said until the signal aborts, and drops those that take nothing. */
  readonly keepWarm: (signal: AbortSignal) => Promise<void>;
  readonly closeAll: () => void;
}

export interface StreamSurroundings {
  readonly desired: () => Desired;
  readonly statuses: Statuses;
  readonly clock: Clock;
  readonly log: Log;
}

interface Stream {
  readonly host: string;
  readonly part: StreamPart;
  readonly feed: Feed;
  /** Undefined: it was told nothing yet. */
  told: { readonly state: HostState; readonly revision: number } | undefined;
  /** Of what the host held when the stream was opened. */
  readonly digest: string | undefined;
}

export function createStreams({ desired, statuses, clock, log }: StreamSurroundings): Streams {
  const open = new Set<Stream>();
  const told = new Map<string, Told>();

  const send = ({ feed }: Stream, message: StreamMessage) => void feed.send(message);
  function remember(stream: Stream, state: HostState, revision: number): void {
    stream.told = { state, revision };
    told.set(`${stream.host}/${stream.part}`, { revision, atMs: clock.now() });
  }

  function sync(stream: Stream): void {
    const now = desired();
    if (now === nothingDesired) return; // a host keeps what it holds until it is known what it should hold
    const state = stateOf(now, stream.host, stream.part);
    if (stream.told === undefined) greet(stream, state, now.revision);
    else if (state !== stream.told.state && stream.feed.isIdle()) {
      const delta = deltaOf(stream.told.state.objects, state.objects);
      send(stream, { type: "delta", from: stream.told.revision, to: now.revision, ...delta, digest: state.digest });
      remember(stream, state, now.revision);
    } // else it is asked again once it is idle
  }

  function greet(stream: Stream, state: HostState, revision: number): void {
    const { objects, digest } = state;
    send(stream, { type: "hello", capability, revision, digest });
    if (stream.digest !== digest) send(stream, { type: "snapshot", to: revision, objects, digest });
    remember(stream, state, revision);
  }

  function dismiss(host: string, farewell?: StreamMessage): void {
    for (const stream of open) {
      if (stream.host !== host) continue;
      if (farewell && stream.feed.isIdle()) send(stream, farewell); // else it is refused when it comes again
      end(stream, "end");
    }
    statuses.forget(host);
    for (const part of ["mesh", "edge"]) told.delete(`${host}/${part}`);
  }

  function end(stream: Stream, how: "end" | "destroy"): void {
    if (!open.delete(stream)) return;
    stream.feed.end(how);
    statuses.disconnected(stream.host, stream.part);
    log.info({ host: stream.host, part: stream.part }, "stream closed");
  }

  return {
    open(host, part, digest, outgoing) {
      const feed = createFeed(outgoing, () => sync(stream));
      const stream: Stream = { host, part, feed, told: undefined, digest };
      outgoing.on("close", () => end(stream, "destroy"));
      open.add(stream);
      statuses.connected(host, part);
      log.info({ host, part }, "stream opened");
      sync(stream);
      return feed;
    },
    sync() {
      for (const stream of open) sync(stream);
    },
    removed: (host) => dismiss(host, { type: "removed" }),
    renamed: (host) => dismiss(host),
    say(host, part, message) {
      const streams = [...open].filter((stream) => stream.host === host && stream.part === part);
      for (const stream of streams) send(stream, message);
      return streams.length > 0;
    },
    told: (host, part) => told.get(`${host}/${part}`),
    async keepWarm(signal) {
      while (!signal.aborted) {
        await clock.sleep(streamPingSeconds * 1000, signal);
        for (const stream of open) ping(stream);
      }
    },
    closeAll() {
      for (const stream of open) end(stream, "end");
    },
  };

  /** A host that was told something lately knows that its stream lives. */
  function ping(stream: Stream): void {
    const went = stream.feed.look();
    if (went === "quiet") send(stream, { type: "ping" });
    if (went !== "stuck") return;
    log.warn({ host: stream.host, part: stream.part }, "dropped a stream whose reader is stuck");
    end(stream, "destroy");
  }
}
