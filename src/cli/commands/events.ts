// portway events: what happens in the network, one line each, until Ctrl-C.
import type { ControlEvent } from "../../wire/api.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";

export const command: CommandWork = {
  about: "Goes on until Ctrl-C. With --json each event is one line.",
  options: [{ flags: "-f, --follow", text: "go on until Ctrl-C, as it does anyway" }],
  examples: ["portway events", "portway events --json | jq -r .kind"],
  run: async (context) => {
    const { lines, close } = await context.api().lines("events", { signal: context.stop });
    context.stop.addEventListener("abort", close);
    if (context.terminal && !context.json) context.note(context.colour.dim("connected to control; Ctrl-C ends"));
    for await (const line of lines) if (line.startsWith("data:")) show(context, line.slice("data:".length).trim());
    return context.stop.aborted ? 0 : 1;
  },
};

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
