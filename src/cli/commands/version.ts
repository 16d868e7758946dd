// portway version: what runs here.
import { version as number } from "../../lib/version.ts";
import { capability } from "../../wire/capability.ts";
import type { CommandWork } from "../command.ts";

export const command: CommandWork = {
  run: async (context) => {
    context.answer({ version: number, capability, node: process.version }, () => {
      context.print(`portway ${number} (capability ${capability}, Node ${process.version})`);
    });
    return 0;
  },
};
