// What a command is: a row of the table in commands.ts, and one file with its options and its work.
import type { Context } from "./context.ts";

export interface Option {
  /** As commander writes them: `--expires <duration>`, `-y, --yes`. */
  readonly flags: string;
  readonly text: string;
  readonly fallback?: string | boolean;
  /** The values a shell completes and the command accepts. */
  readonly choices?: readonly string[];
  /** May be given several times; the value is then a list. */
  readonly repeat?: boolean;
}

/** Option values by camelCase name, as commander gives them. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface Argument {
  /** `<file>` must be there, `[name]` may be. */
  readonly name: string;
  readonly text: string;
  readonly choices?: readonly string[];
}

/** What a command's file exports as `command`. */
export interface CommandWork {
  /** Further sentences under the summary in the command's own help. */
  readonly about?: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** `--json` changes nothing: what it prints is the result as it stands, or it runs until it is ended. */
  readonly plain?: true;
  /** Example invocations shown under the command's own help. */
  readonly examples?: readonly string[];
  /** Commands below this one: `token create`. A command with these has no work of its own. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** The one of them that runs when none is named. */
  readonly usual?: string;
  /** Returns the exit status. Throws AppError for what the person should read. */
  readonly run?: (context: Context, words: readonly string[], options: Options) => Promise<number>;
}

/** A command below another, which one file holds whole. */
export interface Command extends CommandWork {
  /** One sentence without a full stop, shown in the help of the command above. */
  readonly summary: string;
}

/** A row of the table: nothing of the command itself is loaded before it is asked for, so that each starts quickly. */
export interface Entry {
  /** One sentence without a full stop, shown in `portway help`. */
  readonly summary: string;
  /** The heading it stands under in `portway help`; none: a program that units start, left out of help and completion. */
  readonly group?: string;
  readonly load: () => Promise<{ readonly command: CommandWork }>;
}
