// portway version: what runs here.
import { version as number } from "../../lib/version.ts";
import { capability } from "../../wire/capability.ts";
import type { Command } from "../command.ts";

export const version: Command = {
  summary: "print the version of Portway and of the Node that runs it",
  run: async (context) => {
    context.answer({ version: number, capability, node: process.version }, () => {
      context.print(`portway ${number} (capability ${capability}, Node ${process.version})`);
    });
    return 0;
  },
};
