// docs/cli.md: every command, its arguments, options and examples, from the table.
import type { Option } from "./command.ts";
import type { CommandNode } from "./command-tree.ts";
import { globalOptions } from "./global-options.ts";

const head = `# The command line

\`\`\`
portway COMMAND [ARGUMENT…] [OPTION…]
\`\`\`

A client of the control API: on the control host through a local socket, from elsewhere with \`--url\` and an administrator's
token. \`portway help COMMAND\` says what is here. This page is made from the table of commands:
\`node src/cli/reference-page.ts\` writes it.

**Exit status**: 0 done; 1 it could not be done, or what was checked is not right; 2 the command line is wrong, or, of
\`portway plan\`, there are changes. **Output**: results go to standard output, notes and errors to standard error.
With \`--json\` results are JSON whose fields are only ever added to, and errors are problem documents (RFC 9457, see
[errors.md](errors.md)). Colours are used on a terminal alone, and never with \`NO_COLOR\`.
`;

/** The page for a tree with hidden commands. */
export function cliPage(tree: CommandNode): string {
  const groups = [...new Set(tree.children.map(({ group }) => group))];
  const sections = groups.flatMap((group) => [
    `## ${group || "Programs that units start"}`,
    ...tree.children.filter((node) => node.group === group).map((node) => commandSection(node, 3)),
  ]);
  const everywhere = ["## Options of every command", optionTable(globalOptions)];
  return `${[head.trimEnd(), ...everywhere, ...sections].join("\n\n")}\n`;
}

function commandSection(node: CommandNode, level: number): string {
  const words = node.arguments.map(({ name }) => name);
  const usage = `\`${[node.path, ...words].join(" ")}\``;
  const text = `${node.summary[0]!.toUpperCase()}${node.summary.slice(1)}.${node.about ? ` ${node.about}` : ""}`;
  const parts = [`${"#".repeat(level)} ${usage}`, escaped(text)];
  const rows = [
    ...node.arguments.map(({ name, text: meaning, choices }) => row(name, meaning, choices)),
    ...node.options.map(({ flags, text: meaning, choices, fallback }) => row(flags, meaning, choices, fallback)),
  ];
  if (rows.length > 0) parts.push(table(rows));
  if (node.examples.length > 0) parts.push(`\`\`\`\n${node.examples.join("\n")}\n\`\`\``);
  return [...parts, ...node.children.map((child) => commandSection(child, level + 1))].join("\n\n");
}

const optionTable = (options: readonly Option[]) => table(options.map(({ flags, text }) => row(flags, text)));

const table = (rows: readonly string[]) => ["| | |", "|---|---|", ...rows].join("\n");

function row(word: string, text: string, choices: readonly string[] = [], fallback?: string | boolean): string {
  const facts = [
    ...(choices.length > 0 ? [choices.map((one) => `\`${one}\``).join(", ")] : []),
    ...(fallback !== undefined ? [`default \`${fallback}\``] : []),
  ];
  return `| \`${word}\` | ${escaped(text)}${facts.length > 0 ? ` (${facts.join("; ")})` : ""} |`;
}

/** Text in which, outside code spans, nothing is taken for HTML or the end of a cell. */
const escaped = (text: string) => text.replace(/[<>|](?=[^`]*(?:`[^`]*`[^`]*)*$)/g, "\\$&");
