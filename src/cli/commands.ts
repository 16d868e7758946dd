// The table of commands: a new one is one file under commands/ and one line here.
import type { Command } from "./command.ts";
import { version } from "./commands/version.ts";

export const commands: Readonly<Record<string, Command>> = {
  version,
};
