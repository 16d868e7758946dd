// The completion script for zsh.
import { type CommandNode, everyNode } from "../command-tree.ts";
import { type Word, wordsAt } from "./words.ts";

/** Finds the command by the words so far, then describes its words, and file names where nothing fits. */
export function zshScript(root: CommandNode): string {
  const nodes = everyNode(root);
  const commandWords = nodes.slice(1).map(({ path }) => `"${path}"`);
  const offers = nodes.map((node) => `    "${node.path}") offers=(${wordsAt(node).map(described).join(" ")}) ;;`);
  return `#compdef portway
# Completion of portway for zsh. To use it: portway completion zsh >"\${fpath[1]}/_portway"
_portway() {
  local at=portway word
  local -a offers
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${commandWords.join(" | ")}) at+=" $word" ;;
    esac
  done
  case $at in
${offers.join("\n")}
  esac
  _describe 'portway' offers || _files
}
if [ "$funcstack[1]" = _portway ]; then _portway "$@"; else compdef _portway portway; fi
`;
}

/** `'word:what it means'`; a colon within a part is escaped. */
function described({ word, text }: Word): string {
  const part = (one: string) => one.replaceAll(":", "\\:").replaceAll("'", "'\\''");
  return `'${part(word)}:${part(text)}'`;
}
