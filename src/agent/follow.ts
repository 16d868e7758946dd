// Follows control's stream of mesh objects: where the desired state comes from.
import { backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { ConnectionFailed } from "../lib/http.ts";
import { followLines } from "../lib/stream.ts";
import { AppError } from "../wire/errors.ts";
import { type Followed, follower } from "../wire/follow.ts";
import type { ControlClient } from "./control-client.ts";

/** What a source of desired states tells. */
export interface Sink {
  readonly onState: (state: Followed) => void;
  /** Control says that this host is no member any more. */
  readonly onRemoved: () => void;
  /** The connection stands (no reason), or why it does not. */
  readonly onConnection: (failure: string | undefined) => void;
}

/** Gives states until the signal aborts, beginning from one that is held already. */
export type Source = (held: Followed, sink: Sink, signal: AbortSignal) => Promise<void>;

/** The stream of control. */
export function controlSource(client: ControlClient, clock: Clock): Source {
  return async (held, sink, signal) => {
    const mesh = follower(held);
    const end = new AbortController();
    let inStep = true;
    const removed = () => {
      sink.onRemoved();
      end.abort();
    };
    await followLines(
      {
        clock,
        waits: backoff(250, 30_000),
        async open(stop) {
          mesh.connected();
          try {
            return await client.openStream(inStep ? mesh.state().digest : undefined, stop);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            if (error.code === "hostRemoved") removed();
            throw new ConnectionFailed("broken", `control refused: ${error.message}`, error);
          }
        },
        onLine(line) {
          const result = mesh.feedLine(line);
          switch (result.kind) {
            case "applied":
              inStep = true;
              sink.onState(result.state);
              return "more";
            case "resync":
              inStep = false;
              sink.onConnection(result.reason);
              return "reopen";
            case "removed":
              removed();
              return "stop";
            case "alive":
              return "more";
          }
        },
        onConnection: sink.onConnection,
      },
      AbortSignal.any([signal, end.signal]),
    );
  };
}
