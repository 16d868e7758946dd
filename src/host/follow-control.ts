// Follows one part of control's stream: where a program of a host gets its desired state from.
import { type Backoff, backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { ConnectionFailed } from "../lib/http.ts";
import { followLines } from "../lib/stream.ts";
import { AppError } from "../wire/errors.ts";
import { type Followed, type FollowResult, follower } from "../wire/follow.ts";
import type { Question, StreamPart } from "../wire/stream.ts";
import type { ControlClient } from "./control-client.ts";

/** What a source of desired states tells. */
export interface Sink {
  readonly onState: (state: Followed) => void;
  /** Control says that this host is no member any more; nothing follows. */
  readonly onRemoved: () => void;
  /** Another machine has this host's identity too, and control's ear. */
  readonly onCloned?: (reason: string) => void;
  /** An administrator has to approve this host before control tells it anything. */
  readonly onWaiting?: () => void;
  /** Control waits for an answer to a question. */
  readonly onAsked?: (id: number, question: Question) => void;
  /** The connection stands (no reason), or why it does not. */
  readonly onConnection: (failure: string | undefined) => void;
}

/** Gives states until the signal aborts, beginning from one that is held already. */
export type Source = (held: Followed, sink: Sink, signal: AbortSignal) => Promise<void>;

/** As many tries as a restart of control lasts, if it takes long. */
const soonTries = 9;

/** Between tries to reach control: for some seconds short ones, since it may only be restarting; jittered for a thousand hosts. */
export function reconnectWaits(random: () => number = Math.random): Backoff {
  const [soon, later] = [backoff(250, 2_000, random), backoff(4_000, 8_000, random)];
  let tries = 0;
  return {
    next: () => (tries++ < soonTries ? soon : later).next(),
    reset() {
      tries = 0;
      for (const one of [soon, later]) one.reset();
    },
  };
}

/** The stream of control. */
export function controlSource(client: ControlClient, part: StreamPart, clock: Clock): Source {
  return async (held, sink, signal) => {
    const objects = follower(held);
    const end = new AbortController();
    let inStep = true;
    const removed = () => {
      end.abort();
      sink.onRemoved();
    };
    const actOn = (result: FollowResult) => {
      if (result.kind === "removed") {
        removed();
        return "stop";
      }
      if (result.kind === "waiting") sink.onWaiting?.();
      if (result.kind === "asked") sink.onAsked?.(result.id, result.question);
      if (result.kind === "resync") {
        inStep = false;
        sink.onConnection(result.reason);
        return "reopen";
      }
      if (result.kind === "applied") {
        inStep = true;
        sink.onState(result.state);
      }
      return "more";
    };
    await followLines(
      {
        clock,
        waits: reconnectWaits(),
        async open(stop) {
          objects.connected();
          try {
            return await client.openStream(part, inStep ? objects.state().digest : undefined, stop);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            if (error.code === "hostRemoved") removed();
            if (error.code === "identityInUse" && (error.details as { certain?: boolean } | undefined)?.certain) {
              sink.onCloned?.(error.message);
            }
            throw new ConnectionFailed("broken", error.message, error);
          }
        },
        onLine: (line) => actOn(objects.feedLine(line)),
        onConnection: sink.onConnection,
      },
      AbortSignal.any([signal, end.signal]),
    );
  };
}
