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

export interface Command {
  /** One sentence without a full stop, shown in `portway help`. */
  readonly summary: string;
  /** `<file>`, `[name]`, `<words...>` */
  readonly arguments?: readonly { readonly name: string; readonly text: string }[];
  readonly options?: readonly Option[];
  /** Example invocations shown under the command's own help. */
  readonly examples?: readonly string[];
  /** Commands below this one: `token create`. A command with these has no work of its own. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** Left out of help and completion: a program that units start. */
  readonly hidden?: boolean;
  /** Returns the exit status. Throws AppError for what the person should read. */
  readonly run?: (context: Context, words: readonly string[], options: Options) => Promise<number>;
}
