// Builds the commander program from the table of commands; help, usage errors and global options live here alone.
import { Command as Commander, CommanderError, Option as CommanderOption } from "commander";
import type { Command, Options } from "./command.ts";
import { commands } from "./commands.ts";
import { type Context, contextFrom, type GlobalOptions } from "./context.ts";
import { explain } from "./explain.ts";

const globalOptions: readonly (readonly [flags: string, text: string])[] = [
  ["--json", "print results as JSON"],
  ["--no-color", "no colours (also: NO_COLOR=1)"],
  ["--url <url>", "control's URL instead of the local socket (PORTWAY_URL)"],
  ["--token-file <file>", "file with an administrator's token (PORTWAY_TOKEN_FILE, or PORTWAY_TOKEN itself)"],
  ["--authority <file>", "PEM root certificate that control must prove (PORTWAY_AUTHORITY)"],
  ["--state-dir <dir>", "where state is kept (PORTWAY_STATE_DIR; default /var/lib/portway)"],
  ["--run-dir <dir>", "where sockets are (PORTWAY_RUN_DIR; default /run/portway)"],
];

/** Runs one command line to its end and returns the exit status: 0 done, 1 error, 2 usage (or `plan`: there are changes). */
export async function runCommandLine(words: readonly string[], stop: AbortSignal): Promise<number> {
  let status = 0;
  const json = words.includes("--json");
  const program = buildProgram(async (command, context, args, options) => {
    status = (await command.run?.(context, args, options)) ?? 0;
  }, stop);
  try {
    await program.parseAsync([...words], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, json);
  }
}

type Runner = (command: Command, context: Context, args: readonly string[], options: Options) => Promise<void>;

function buildProgram(run: Runner, stop: AbortSignal): Commander {
  const program = new Commander("portway")
    .description("One private WireGuard network and one public API gateway, from one file.")
    .exitOverride()
    .showHelpAfterError("(portway help lists the commands)")
    .helpCommand(true);
  for (const [flags, text] of globalOptions) program.option(flags, text);
  for (const [name, command] of Object.entries(commands)) addCommand(program, name, command, run, stop);
  return program;
}

function addCommand(parent: Commander, name: string, command: Command, run: Runner, stop: AbortSignal): void {
  const one = parent
    .command(name, { hidden: command.hidden === true })
    .description(command.summary)
    .exitOverride();
  for (const argument of command.arguments ?? []) one.argument(argument.name, argument.text);
  for (const option of command.options ?? []) {
    const made = new CommanderOption(option.flags, option.text);
    if (option.fallback !== undefined) made.default(option.fallback);
    if (option.choices) made.choices([...option.choices]);
    if (option.repeat) made.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
    one.addOption(made);
  }
  // The global ones may also stand after the command's name, where most people write them.
  const taken = new Set(one.options.map((option) => option.long));
  for (const [flags, text] of globalOptions) {
    const option = new CommanderOption(flags, text).hideHelp();
    if (!taken.has(option.long)) one.addOption(option);
  }
  if (command.examples)
    one.addHelpText("after", `\nExamples:\n${command.examples.map((line) => `  ${line}`).join("\n")}`);
  for (const [childName, child] of Object.entries(command.commands ?? {})) addCommand(one, childName, child, run, stop);
  if (!command.run) return;
  one.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Commander;
    const args = (given.slice(0, -2) as (string | string[] | undefined)[]).flat().filter((word) => word !== undefined);
    const before = (self.parent?.parent ?? self.parent)?.opts() ?? {};
    const options: Options & GlobalOptions = { ...before, ...self.opts() };
    const coloured = before["color"] !== false && options.color !== false;
    const context = contextFrom({ ...options, color: coloured }, stop);
    await run(command, context, args, options);
  });
}
