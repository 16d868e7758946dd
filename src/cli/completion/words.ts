// What may come next after the words of a command line, the same for every shell.
import type { Option } from "../command.ts";
import type { CommandNode } from "../command-tree.ts";
import { globalOptions } from "../global-options.ts";

/** A word with what it means. */
export interface Word {
  readonly word: string;
  readonly text: string;
}

/** Commands below a node, or the fixed values of its argument, and then its options. */
export function wordsAt(node: CommandNode): readonly Word[] {
  const children = node.children.map(({ name, summary }) => ({ word: name, text: summary }));
  const values = node.arguments.flatMap(({ choices = [], text }) => choices.map((word) => ({ word, text })));
  const options = [...node.options, ...globalOptions, { flags: "--help", text: "show how it is used" }];
  return [...children, ...values, ...options.map((option) => ({ word: longFlag(option), text: option.text }))];
}

/** `--expires` of `-e, --expires <duration>` */
export const longFlag = ({ flags }: Pick<Option, "flags">): string => /--[a-z-]+/.exec(flags)![0];

/** Whether a word of its own follows the option. */
export const takesValue = ({ flags }: Pick<Option, "flags">): boolean => flags.includes("<");
