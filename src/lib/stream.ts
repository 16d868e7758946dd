// A long reply that is opened again whenever it ends: lines in order, with jittered waits between tries.
import { type Backoff, backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { ConnectionFailed, type Lines } from "./http.ts";

/** What a line asks for: more of them, a new connection, or the end. */
export type AfterLine = "more" | "reopen" | "stop";

export interface LineStream {
  /** Opens one connection (http.ts `openLines`); called anew for each, so that it can say what is held by now. */
  readonly open: (signal: AbortSignal) => Promise<Lines>;
  readonly onLine: (line: string) => AfterLine;
  /** The connection stands (no reason), or why it does not. */
  readonly onConnection?: (failure: string | undefined) => void;
  readonly clock: Clock;
  /** Waits between tries; 0.5 s to 30 s unless given. */
  readonly waits?: Backoff;
}

/** A connection that lasted this long was a good one: the next wait is a short one again. */
const settledMs = 20_000;

/** Follows a stream until a line stops it or the signal aborts; every failed connection is a reason to try again. */
export async function followLines(stream: LineStream, signal: AbortSignal): Promise<void> {
  const { clock, waits = backoff(500, 30_000) } = stream;
  while (!signal.aborted) {
    const openedAt = clock.monotonic();
    const outcome = await readOne(stream, signal);
    if (outcome === "stop" || signal.aborted) return;
    stream.onConnection?.(outcome);
    if (clock.monotonic() - openedAt >= settledMs) waits.reset();
    await clock.sleep(waits.next(), signal);
  }
}

/** Reads one connection to its end: "stop", or why it ended. */
async function readOne(stream: LineStream, signal: AbortSignal): Promise<string> {
  let lines: Lines | undefined;
  try {
    lines = await stream.open(signal);
    if (lines.status !== 200) return `answered ${lines.status}: ${await textOf(lines)}`;
    stream.onConnection?.(undefined);
    for await (const line of lines.lines) {
      const next = stream.onLine(line);
      if (next === "stop") return "stop";
      if (next === "reopen") return "begins anew";
    }
    return "the other side ended the stream";
  } catch (error) {
    if (error instanceof ConnectionFailed) return error.message;
    throw error;
  } finally {
    lines?.close();
  }
}

async function textOf(lines: Lines): Promise<string> {
  let text = "";
  for await (const line of lines.lines) if (text.length < 500) text += line;
  return text.slice(0, 500);
}
