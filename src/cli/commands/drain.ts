// portway drain: takes routes, services or hosts out of use in order, and tells what is left of them.
import { type DrainAnswer, type DrainsAnswer, type DrainView, drainName, longestDrainMs } from "../../wire/drains.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { durationMs } from "../duration.ts";
import { showDrains } from "../show-drains.ts";
import { waitUntilDrained } from "../wait-drained.ts";
import { until } from "../when.ts";

export const command: CommandWork = {
  about:
    "New requests to a drained route or service get 503 with Retry-After; those to a drained host's targets go to the others, and pairs that a drained relay serves take other ways. What is under way has until the deadline: WebSockets, event streams, gRPC calls and connections of listeners too, which are ended then, also in workers that a reload has replaced. It stays drained, over restarts too, until `portway undrain` takes it back or the file has it no more. Without a name: what is drained.",
  arguments: [
    {
      name: "[names...]",
      text: "routes, services or hosts; where a name is several of them: service:NAME and the like",
    },
  ],
  options: [
    { flags: "--deadline <duration>", text: "how long what is under way may go on, 7d at most", fallback: "30s" },
    { flags: "--wait", text: "until nothing is left on any edge, telling how much is" },
    { flags: "--list", text: "show what is drained, as without a name" },
  ],
  examples: ["portway drain host:api-1 --deadline 5m --wait", "portway drain service:orders", "portway drain --list"],
  run: async (context, names, options) => {
    if (names.length === 0) {
      if (options["wait"] === true)
        throw new AppError("usage", "--wait needs a name", { hint: "portway drain NAME --wait" });
      return list(context);
    }
    if (options["list"] === true) {
      throw new AppError("usage", "--list goes with no name", { hint: "it lists everything that is drained" });
    }
    const body = { names, forMs: deadlineMs(options["deadline"] as string) };
    const begun = await context.api().call<DrainAnswer>("drainStart", { body });
    for (const name of begun.renewed) context.note(`${name} was drained already: it has a new deadline`);
    for (const name of begun.withoutTarget) context.note(`service ${name} has no target left: its requests get 503`);
    if (options["wait"] !== true) {
      context.answer(begun, () => {
        for (const drain of begun.drains) tell(context, drain);
      });
      return 0;
    }
    const waited = await waitUntilDrained(context, begun.drains, body.forMs);
    context.answer({ ...begun, drains: waited.drains }, () => showDrains(context, waited.drains));
    return waited.drained ? 0 : 1;
  },
};

async function list(context: Context): Promise<number> {
  const answer = await context.api().call<DrainsAnswer>("drainsList");
  context.answer(answer, () => {
    if (answer.drains.length === 0) return context.print("nothing is drained");
    showDrains(context, answer.drains);
  });
  return 0;
}

function deadlineMs(text: string): number {
  const ms = durationMs(text, "--deadline");
  if (ms <= longestDrainMs) return ms;
  throw new AppError("usage", `--deadline ${text} is more than 7d`, {
    hint: "what lives longer is taken out of use by a change of the file",
  });
}

function tell(context: Context, drain: DrainView): void {
  const name = drainName(drain);
  context.print(
    `${context.colour.strong(name)} takes no new ${drain.relaysFor ? "requests and relays for nobody" : "requests"}; what is left is ended ${until(drain.endsAt)}. Back: portway undrain ${name}`,
  );
}
