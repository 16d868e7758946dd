// portway completion: scripts made from the table of commands.
import type { CommandWork } from "../command.ts";
import { loadTree } from "../command-tree.ts";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export const command: CommandWork = {
  plain: true,
  arguments: [{ name: "<shell>", text: "which shell", choices: Object.keys(scripts) }],
  examples: ["source <(portway completion bash)", "portway completion fish >~/.config/fish/completions/portway.fish"],
  run: async (context, [shell]) => {
    context.raw(scripts[shell as keyof typeof scripts](await loadTree()));
    return 0;
  },
};
