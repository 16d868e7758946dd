// portway tune: settings of this machine that matter to tunnels.
import { exec } from "../../lib/exec.ts";
import { AppError } from "../../wire/errors.ts";
import type { Command, CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import type { Knob } from "../tune/knobs.ts";
import { openTunedMachine } from "../tune/machine.ts";
import { ownedPath } from "../tune/owned-file.ts";

const network: Command = {
  summary: "show and change what this machine does with WireGuard's packets",
  about: `Changes only what a measurement in docs/network/tuning.md shows a gain for, never lowers a better value, and keeps it in ${ownedPath} alone; tells of the rest. Without an option as with --plan. Exit status 2: there is something to change.`,
  options: [
    { flags: "--plan", text: "show each setting, what it would become, and why" },
    { flags: "--apply", text: "make the changes (as root); interfaces that are made from then on have them" },
    { flags: "--revert", text: "take them back (as root)" },
  ],
  examples: ["portway tune network --plan", "sudo portway tune network --apply", "sudo portway tune network --revert"],
  run: async (context, _, options) => {
    const [apply, revert] = [options["apply"] === true, options["revert"] === true];
    if (Number(apply) + Number(revert) + Number(options["plan"] === true) > 1)
      throw new AppError("usage", "--plan, --apply and --revert are three things", { hint: "choose one" });
    const machine = openTunedMachine(exec, (change) => context.note(`+ ${change}`));
    if (revert) return undo(context, machine.revert);
    if (!apply) return show(context, await machine.knobs());
    const changed = await asRoot(() => machine.apply());
    context.answer({ changed }, () => {
      if (changed.length === 0) return context.print("nothing to change");
      context.print(
        "tunnels have it once their interfaces are made anew: `portway down` and `portway up`, or a restart",
      );
    });
    return 0;
  },
};

export const command: CommandWork = { commands: { network } };

async function undo(context: Context, revert: ReturnType<typeof openTunedMachine>["revert"]): Promise<number> {
  const reverted = await asRoot(async () => revert());
  context.answer({ reverted }, () => {
    context.print(reverted.length === 0 ? "nothing to take back" : "the settings are what they were");
  });
  return 0;
}

function show(context: Context, knobs: readonly Knob[]): number {
  const changes = knobs.filter(({ state }) => state === "change").length;
  const { good, warn, dim } = context.colour;
  const words = { change: warn("change"), good: good("good"), told: "-" };
  context.answer({ knobs }, () => {
    context.table(
      knobs.flatMap((knob) => [
        [words[knob.state], `${knob.name}: ${knob.old}${knob.new === undefined ? "" : ` → ${knob.new}`}`],
        ...[knob.why, knob.source].map((text) => ["", dim(text)]),
      ]),
    );
    context.print();
    context.print(changes === 0 ? "nothing to change" : "make the changes: sudo portway tune network --apply");
  });
  return changes === 0 ? 0 : 2;
}

/** What was refused is refused for want of rights. */
async function asRoot<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!["EACCES", "EPERM", "EROFS"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
    throw new AppError("forbidden", "this user may not change the machine's settings", {
      cause,
      hint: "as root: sudo portway tune network …",
    });
  }
}
