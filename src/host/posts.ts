// Posts to control over the connection of a stream that goes both ways, so that a host needs no second one.
import type { Lines } from "../lib/http.ts";
import { AppError, fromProblem } from "../wire/errors.ts";
import { maxPostLength, type Posted, type PostedRoute, postedOf } from "../wire/stream.ts";

export interface Posts {
  /** The lines of a stream without what answers posts; as long as they are read, posts go by it. */
  readonly through: (stream: Lines) => AsyncGenerator<string>;
  /** Whether control takes posts by streams; so that none goes by a connection of its own while a stream is opened anew. */
  readonly areTaken: () => boolean;
  /** Throws AppError: control's own, `unreachable`, or `tooLarge`. */
  readonly post: (route: PostedRoute, body: unknown, signal?: AbortSignal) => Promise<void>;
}

const patienceMs = 10_000;

export function createPosts(): Posts {
  const waiting = new Map<number, (posted: Posted | AppError) => void>();
  let current: Lines | undefined;
  let taken = false;
  let lastId = 0;

  const settle = (id: number, posted: Posted | AppError) => waiting.get(id)?.(posted);
  const unreachable = (why: string) => new AppError("unreachable", `control does not answer: ${why}`);

  return {
    areTaken: () => taken,
    async *through(stream) {
      taken = stream.send !== undefined;
      current = stream;
      try {
        for await (const line of stream.lines) {
          const posted = postedOf(line);
          if (posted === undefined) yield line;
          else settle(posted.id, posted);
        }
      } finally {
        if (current === stream) current = undefined;
        for (const id of waiting.keys()) settle(id, unreachable("the stream ended"));
      }
    },
    async post(route, body, signal) {
      const send = current?.send;
      if (send === undefined || signal?.aborted) throw unreachable("no stream is open");
      const id = ++lastId;
      const line = JSON.stringify({ type: "post", id, route, body });
      if (line.length > maxPostLength) {
        throw new AppError("tooLarge", `${line.length} characters are too much for control: ${maxPostLength} at most`);
      }
      const answer = Promise.withResolvers<Posted | AppError>();
      waiting.set(id, answer.resolve);
      const giveUp = () => answer.resolve(unreachable("no answer in time"));
      const timer = setTimeout(giveUp, patienceMs);
      signal?.addEventListener("abort", giveUp, { once: true });
      try {
        send(line);
        const posted = await answer.promise;
        if (posted instanceof AppError) throw posted;
        if (posted.problem !== undefined) throw fromProblem(posted.problem);
      } finally {
        waiting.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      }
    },
  };
}
