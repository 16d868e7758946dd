// The completion script for fish.
import { type CommandNode, everyNode } from "../command-tree.ts";
import { globalOptions } from "../global-options.ts";
import { longFlag, takesValue } from "./words.ts";

/** One `complete` line a word; each asks at which command the words so far have come. */
export function fishScript(root: CommandNode): string {
  const nodes = everyNode(root);
  const known = nodes.slice(1).map(({ path }) => quoted(path));
  const line = (node: CommandNode, words: string, text: string) =>
    `complete -c portway -n ${quoted(`test (__portway_at) = ${quoted(node.path)}`)} ${words} -d ${quoted(text)}`;
  const lines = nodes.flatMap((node) => [
    ...node.children.map((child) => line(node, `-f -a ${child.name}`, child.summary)),
    ...node.arguments.flatMap(({ choices, text }) =>
      choices ? [line(node, `-f -a ${quoted(choices.join(" "))}`, text)] : [],
    ),
    ...node.options.map((option) => line(node, optionWords(option), option.text)),
  ]);
  const everywhere = globalOptions.map(
    (option) => `complete -c portway ${optionWords(option)} -d ${quoted(option.text)}`,
  );
  return `# Completion of portway for fish. To use it: portway completion fish >~/.config/fish/completions/portway.fish
function __portway_at
    set -l at portway
    for word in (commandline -opc)[2..]
        contains -- "$at $word" ${known.join(" ")}; and set at "$at $word"
    end
    echo $at
end
${[...lines, ...everywhere].join("\n")}
`;
}

function optionWords(option: Parameters<typeof longFlag>[0] & { readonly choices?: readonly string[] }): string {
  const name = `-l ${longFlag(option).slice(2)}`;
  if (option.choices) return `${name} -x -a ${quoted(option.choices.join(" "))}`;
  return takesValue(option) ? `${name} -r` : name;
}

/** In single quotes; fish knows two escapes inside them. */
const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
