// portway events: what happens in the network, one line each, until Ctrl-C.
import { backoff } from "../../lib/backoff.ts";
import { systemClock } from "../../lib/clock.ts";
import { ConnectionFailed, type Lines } from "../../lib/http.ts";
import type { ControlEvent } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";

export const command: CommandWork = {
  about:
    "Goes on until Ctrl-C. With --json each event is one line. When control ends the connection, as when it is started anew, --follow tries until it answers again; without it the command ends with exit status 1.",
  options: [{ flags: "-f, --follow", text: "go on when control ends the connection" }],
  examples: ["portway events", "portway events --json | jq -r .kind"],
  run: async (context, _words, options) => {
    const { stop } = context;
    let opened: Lines | undefined = await open(context);
    if (context.terminal && !context.json) context.note(context.colour.dim("connected to control; Ctrl-C ends"));
    while (opened !== undefined) {
      await showAll(context, opened);
      if (stop.aborted) return 0;
      const follows = options["follow"] === true;
      context.note(`control has ended the connection${follows ? "; trying until it answers" : ", or is gone"}`);
      if (!follows) return 1;
      opened = await openAgain(context);
      if (opened !== undefined) context.note("connected again; who did what meanwhile is in `portway audit`");
    }
    return 0;
  },
};

async function open(context: Context): Promise<Lines> {
  const opened = await context.api().lines("events", { signal: context.stop });
  context.stop.addEventListener("abort", opened.close);
  return opened;
}

/** Tries until control answers; undefined after Ctrl-C. */
async function openAgain(context: Context): Promise<Lines | undefined> {
  const { stop } = context;
  const waits = backoff(500, 4_000);
  while (!stop.aborted) {
    await systemClock.sleep(waits.next(), stop);
    const opened = await open(context).catch(whileItIsAway(stop));
    if (opened !== undefined && !stop.aborted) return opened;
  }
  return undefined;
}

async function showAll(context: Context, { lines, close }: Lines): Promise<void> {
  try {
    for await (const line of lines) if (line.startsWith("data:")) show(context, line.slice("data:".length).trim());
  } catch (error) {
    if (!(error instanceof ConnectionFailed)) throw error; // a control that was killed says no goodbye
  } finally {
    context.stop.removeEventListener("abort", close);
  }
}

/** Control that does not answer may be starting; whatever else it says is for the person. */
function whileItIsAway(stop: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    const isAway = error instanceof AppError && ["notRunning", "unreachable", "storeUnavailable"].includes(error.code);
    if (!isAway && !stop.aborted) throw error;
  };
}

function show(context: Context, data: string): void {
  if (context.json) {
    context.raw(`${data}\n`);
    return;
  }
  const { at, kind, text } = JSON.parse(data) as ControlEvent;
  context.print(
    `${context.colour.dim(new Date(at).toTimeString().slice(0, 8))}  ${context.colour.strong(kind)}  ${text}`,
  );
}
