// From the table that one text made to the one that another asks for, in one transaction that leaves alone what stays. Pure.
//
// A table that is replaced as a whole loses packets: for some microseconds after the kernel has switched from the old rules to
// the new ones, the new maps and interval sets have no elements yet, and what finds nobody in them is dropped. Elements that
// come and go beside others, and rules of a chain that are written anew, lose none.
import { firewallTable } from "./firewall.ts";

interface Block {
  readonly kind: "chain" | "map" | "set";
  readonly name: string;
  /** The hook of a chain, the type and flags of a map or a set. */
  readonly head: readonly string[];
  /** Rules in their order, or elements. */
  readonly items: readonly string[];
}

/** For `nft -f -`; undefined where only the whole table will do. Both texts are those of `firewallText`. */
export function firewallUpdate(before: string, after: string): string | undefined {
  const [was, is] = [blocksOf(before), blocksOf(after)];
  for (const [name, block] of is) if (!canBecome(was.get(name), block)) return undefined;
  const gone = [...was.values()].filter(({ name }) => !is.has(name));
  const changed = [...is.values()].filter((block) => !isSame(was.get(block.name), block));
  const table = changed.flatMap((block) => written(block, was.get(block.name)));
  return [
    ...changed.flatMap((block) => removedElements(was.get(block.name), block)),
    ...[...changed, ...gone]
      .filter(({ kind, name }) => kind === "chain" && was.has(name))
      .map(({ name }) => `flush chain ${firewallTable} ${name}\n`),
    ...(table.length === 0 ? [] : [`table ${firewallTable} {\n${table.join("")}}\n`]),
    // Elements lead to chains, and rules to maps and sets: those that hold others go first.
    ...gone.filter(({ kind }) => kind === "map").map(deleted),
    ...gone.filter(({ kind }) => kind !== "map").map(deleted),
  ].join("");
}

function blocksOf(text: string): ReadonlyMap<string, Block> {
  const blocks = [...text.matchAll(/^\t(chain|map|set) (\S+) \{\n((?:\t\t.*\n)*)\t\}$/gm)].map(
    ([, kind, name, body]): Block => {
      const lines = body!.split("\n").flatMap((line) => (line === "" ? [] : [line.trim()]));
      const length = kind === "chain" ? (lines[0]?.startsWith("type ") ? 1 : 0) : lines.indexOf("elements = {");
      const head = length < 0 ? lines : lines.slice(0, length);
      const rest = lines.slice(head.length);
      const items = kind === "chain" ? rest : rest.slice(1).map((line) => line.replace(/(,| \})$/, ""));
      return { kind: kind as Block["kind"], name: name!, head, items };
    },
  );
  return new Map(blocks.map((block) => [block.name, block]));
}

const canBecome = (was: Block | undefined, is: Block) =>
  was === undefined || (was.kind === is.kind && was.head.join() === is.head.join());

const isSame = (was: Block | undefined, is: Block) => was?.items.join("\n") === is.items.join("\n");

function removedElements(was: Block | undefined, { kind, name, items }: Block): readonly string[] {
  if (was === undefined || kind === "chain") return [];
  const kept = new Set(items);
  const removed = was.items.filter((item) => !kept.has(item)).map((item) => item.replace(/ : .*/, ""));
  return removed.length === 0 ? [] : [`delete element ${firewallTable} ${name} { ${removed.join(", ")} }\n`];
}

/** All of a block that is new; the rules of a chain; the elements that a map or a set gets, if any. */
function written({ kind, name, head, items }: Block, was: Block | undefined): readonly string[] {
  const known = new Set(kind === "chain" ? [] : was?.items);
  const added = items.filter((item) => !known.has(item));
  if (was !== undefined && kind !== "chain" && added.length === 0) return [];
  const elements = added.length === 0 ? [] : [`elements = { ${added.join(", ")} }`];
  const lines = kind === "chain" ? [...(was === undefined ? head : []), ...added] : [...head, ...elements];
  return [`\t${kind} ${name} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`];
}

const deleted = ({ kind, name }: Block) => `delete ${kind} ${firewallTable} ${name}\n`;
