// The whole table of commands as one tree: what completion scripts and the reference page are made from.
import type { Argument, CommandWork, Option } from "./command.ts";
import { commands } from "./commands.ts";

export interface CommandNode {
  /** `portway`, `portway token`, `portway token create` */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  /** Its heading in `portway help`; empty below the first level and for hidden commands. */
  readonly group: string;
  readonly about: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  readonly children: readonly CommandNode[];
}

/** Loads every command that help shows (and, if asked, the hidden ones). */
export async function loadTree({ hidden = false } = {}): Promise<CommandNode> {
  const shown = Object.entries(commands).filter(([, entry]) => hidden || entry.group !== undefined);
  const children = shown.map(async ([name, { summary, group, load }]) =>
    nodeOf(`portway ${name}`, name, summary, (await load()).command, group),
  );
  return { ...nodeOf("portway", "portway", "", {}), children: await Promise.all(children) };
}

/** The node and all below it, parents first. */
export function everyNode(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.children.flatMap(everyNode)];
}

function nodeOf(path: string, name: string, summary: string, work: CommandWork, group = ""): CommandNode {
  const children = Object.entries(work.commands ?? {}).map(([childName, child]) =>
    nodeOf(`${path} ${childName}`, childName, child.summary, child),
  );
  const { about = "", arguments: args = [], options = [], examples = [] } = work;
  return { path, name, summary, group, about, arguments: args, options, examples, children };
}
