// Builds the commander program from the table of commands; help, usage errors and global options live here alone.
import { Argument, Command as Commander, CommanderError, Option as CommanderOption, Help } from "commander";
import { version } from "../lib/version.ts";
import { nearest } from "../spec/did-you-mean.ts";
import { AppError } from "../wire/errors.ts";
import type { Command, CommandWork, Option, Options } from "./command.ts";
import { commands } from "./commands.ts";
import { contextFrom } from "./context.ts";
import { explain } from "./explain.ts";
import { type GlobalOptions, globalOptions, jsonOption } from "./global-options.ts";
import type { Terminal } from "./terminal.ts";

const widest = 100;

/** Runs one command line to its end and returns the exit status: 0 done, 1 error, 2 usage (or `plan`: there are changes). */
export async function runCommandLine(words: readonly string[], terminal: Terminal, stop: AbortSignal): Promise<number> {
  const json = words.includes("--json");
  let status = 0;
  let command: string | undefined;
  const act = async (work: CommandWork, args: readonly string[], options: Options & GlobalOptions) => {
    status = (await work.run?.(contextFrom(options, terminal, stop), args, options)) ?? 0;
  };
  try {
    const program = newProgram(terminal);
    const { operands } = program.parseOptions([...words]);
    const asksHelp = operands[0] === "help" && operands.length > 1;
    const asked = asksHelp ? operands.slice(1) : operands;
    await addCommands(program, asked, act);
    command = commandNamed(program, asked);
    const known = Object.hasOwn(commands, asked[0] ?? "");
    const isUnknown = !known && operands.length > 0; // asked for its help, it has none
    await program.parseAsync(asksHelp ? [...asked, ...(known ? ["--help"] : [])] : isUnknown ? operands : [...words], {
      from: "user",
    });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) return explain(error, terminal, json);
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") return 2;
    return explain(usageError(error, command), terminal, json);
  }
}

type Act = (work: CommandWork, args: readonly string[], options: Options & GlobalOptions) => Promise<void>;

function newProgram(terminal: Terminal): Commander {
  const width = () => Math.min(terminal.width, widest);
  const program = new Commander("portway")
    .description("One private WireGuard network and one public API gateway, from one file.")
    .version(version, "--version", "print the version")
    .exitOverride()
    .helpOption("-h, --help", "show how it is used")
    .helpCommand("help [command...]", "show how a command is used")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: () => {}, // usage errors are explained like all others
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    });
  for (const option of globalOptions) program.addOption(optionOf(option));
  return program;
}

/** The table as commander knows it: the command that is asked for is loaded, of the others the summary is enough. */
async function addCommands(program: Commander, [named, child]: readonly string[], act: Act): Promise<void> {
  for (const [name, { summary, group, load }] of Object.entries(commands)) {
    const one = program.command(name, { hidden: group === undefined }).summary(summary);
    if (group !== undefined) one.helpGroup(`${group}:`);
    if (name !== named) continue;
    const work = (await load()).command;
    demandChild(name, work, child);
    complete(one, { summary, ...work }, act);
  }
}

/** A command with a usual one below it would take a mistyped name for that one's argument. */
function demandChild(name: string, { usual, commands: children = {} }: CommandWork, word: string | undefined): void {
  if (usual === undefined || word === undefined || word === "help" || Object.hasOwn(children, word)) return;
  const meant = nearest(word, Object.keys(children));
  throw new AppError("usage", `unknown command '${name} ${word}'`, {
    hint: meant ? `did you mean ${name} ${meant}?` : `it is one of: ${Object.keys(children).join(", ")}`,
  });
}

/** Gives a commander command its description, arguments, options, examples and work. */
function complete(one: Commander, work: Command, act: Act): void {
  one.description(`${sentence(work.summary)}${work.about ? ` ${work.about}` : ""}`);
  for (const { name, text, choices } of work.arguments ?? []) {
    const argument = new Argument(name, text);
    one.addArgument(choices ? argument.choices([...choices]) : argument);
  }
  for (const option of work.options ?? []) one.addOption(optionOf(option));
  if (work.run && !work.plain) one.configureHelp({ visibleOptions: withJson });
  if (work.examples) one.addHelpText("after", `\nExamples:\n${work.examples.map((line) => `  ${line}`).join("\n")}`);
  for (const [name, command] of Object.entries(work.commands ?? {})) {
    const child = one.command(name, { isDefault: name === work.usual }).summary(command.summary);
    complete(child, command, act);
  }
  if (!work.run) return;
  one.action(async (...given: unknown[]) => {
    const args = (given.slice(0, -2) as (string | string[] | undefined)[]).flat().filter((word) => word !== undefined);
    await act(work, args, one.optsWithGlobals());
  });
}

/** Of the options of every command, the one that changes what this one prints is shown among its own. */
function withJson(this: Help, command: Commander): CommanderOption[] {
  const own = Help.prototype.visibleOptions.call(this, command);
  return [...own.slice(0, -1), optionOf(jsonOption), ...own.slice(-1)]; // before the help
}

function optionOf(option: Option): CommanderOption {
  const made = new CommanderOption(option.flags, option.text);
  if (option.fallback !== undefined) made.default(option.fallback);
  if (option.choices) made.choices([...option.choices]);
  if (option.repeat) made.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
  return made;
}

/** What commander says of a value that is none of the choices. */
const choiceError =
  /^error: (?:command-argument value|option '.*(?<option>--[\w-]+).*' argument) '(?<value>.*)' is invalid(?: for argument '(?<argument>.*)')?\. Allowed choices are (?<choices>.*)\.$/;

function noChoice({ option, argument = "", value = "", choices = "" }: Readonly<Record<string, string>>): AppError {
  const meant = nearest(value, choices.split(", "));
  return new AppError("usage", `${option ?? argument.toUpperCase()} cannot be ${value || "empty"}`, {
    hint: `it is one of: ${choices}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
  });
}

/** The command that the words name, as far as there is one: `token create`. */
function commandNamed(program: Commander, [name, child]: readonly string[]): string | undefined {
  const named = program.commands.find((one) => one.name() === name);
  const below = named?.commands.find((one) => one.name() === child);
  return named && [named, ...(below ? [below] : [])].map((one) => one.name()).join(" ");
}

/** Commander's `error: …\n(Did you mean …?)` as one of Portway's own errors. */
function usageError(error: CommanderError, command: string | undefined): AppError {
  const choice = choiceError.exec(error.message)?.groups;
  if (choice !== undefined) return noChoice(choice);
  const [message = "", suggestion] = error.message.split("\n");
  return new AppError("usage", message.replace(/^error: /, ""), {
    hint:
      suggestion?.replace(/^\(D(.*)\)$/, "d$1") ??
      (command === undefined
        ? "`portway help` lists the commands, `portway help COMMAND` its options"
        : `\`portway help ${command}\` shows how it is used`),
  });
}

const sentence = (summary: string) => `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
