// The completion script for bash.
import { type CommandNode, everyNode } from "../command-tree.ts";
import { longFlag, takesValue, wordsAt } from "./words.ts";

/** Finds the command by the words so far, then offers its words; where there are none, file names. */
export function bashScript(root: CommandNode): string {
  const nodes = everyNode(root);
  const commandWords = nodes.slice(1).map(({ path }) => `"${path}"`);
  const choices = nodes.flatMap(({ path, options }) =>
    options.flatMap((option) =>
      option.choices ? [`    "${path} ${longFlag(option)}") words="${option.choices.join(" ")}" ;;`] : [],
    ),
  );
  const values = new Set(nodes.flatMap(({ options }) => options.filter(takesValue).map(longFlag)));
  const words = nodes.map(
    (node) =>
      `      "${node.path}") words="${wordsAt(node)
        .map(({ word }) => word)
        .join(" ")}" ;;`,
  );
  return `# Completion of portway for bash. To use it: source <(portway completion bash)
_portway() {
  local word=\${COMP_WORDS[COMP_CWORD]} last=\${COMP_WORDS[COMP_CWORD - 1]} path=portway words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
      ${commandWords.join(" | ")}) path+=" \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $last" in
${choices.map((line) => `${line}\n`).join("")}    ${[...values].map((flag) => `*" ${flag}"`).join(" | ")}) ;;
    *) case $path in
${words.join("\n")}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _portway portway
`;
}
