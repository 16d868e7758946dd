// portway debug: what a person hands over who asks for help.
import { hostname } from "node:os";
import type { Command, CommandWork } from "../command.ts";
import { makeBundle } from "../debug/bundle.ts";

const bundle: Command = {
  summary: "pack what explains this machine's Portway into one file, without secrets",
  about:
    "Holds links, routes, firewall, WireGuard, the programs' logs and states, nginx's configuration and, where control answers, its status and audit entries. Keys, tokens and the file are left out, and what has their form is removed from the rest; access logs are never taken. It still names hosts and addresses: look through it before it leaves your hands.",
  options: [
    { flags: "-o, --output <file>", text: "where to write it; portway-debug-HOST-TIME.tar.gz here unless told" },
  ],
  examples: ["sudo portway debug bundle", "sudo portway debug bundle --output /tmp/portway.tar.gz"],
  run: async (context, _words, options) => {
    const time = new Date().toISOString().replace(/[-:]/g, "").slice(0, 15);
    const file = (options["output"] as string | undefined) ?? `portway-debug-${hostname()}-${time}Z.tar.gz`;
    const made = await makeBundle(context, file, (name) => {
      if (context.terminal && !context.json) context.note(context.colour.dim(`  ${name}`));
    });
    context.answer(made, () => {
      context.print(`${context.colour.good("written")}: ${made.file} (${made.parts.length} parts)`);
      for (const { name, reason } of made.left) context.print(context.colour.dim(`  without ${name}: ${reason}`));
      context.print("It names hosts and addresses: look through it before it leaves your hands.");
    });
    return 0;
  },
};

export const command: CommandWork = { commands: { bundle } };
