// An inventory as text: one order and one form, so that a line differs only where a fact does.
import { Document, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Inventory, InventoryHost, InventoryKey } from "./inventory.ts";

const head = ` The inventory of a Portway network: \`portway inventory export\` writes it, and
 \`portway inventory import\` makes an empty registry the same again.`;

/** The text; equal inventories give equal bytes. What it should not be kept for without a look is said in `remarks`, as comments. */
export function writeInventory({ authority, hosts, until, file }: Inventory, remarks: readonly string[] = []): string {
  const names = Object.keys(hosts).sort();
  const places = Object.entries(until).sort(([a], [b]) => a.length - b.length || compare(a, b));
  const document = new Document(
    block([
      ["inventory", 1],
      ["authority", authority],
      ["hosts", block(names.map((name) => [name, hostNode(hosts[name]!)]))],
      ...(places.length > 0 ? [["until", block(places)] as const] : []),
      ["file", literal(file)],
    ]),
  );
  document.commentBefore = [head, ...remarks.map((remark) => ` ${remark}`)].join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function hostNode({ ipv4, ipv6, member, waits, removedAt }: InventoryHost): YAMLMap {
  const keys = [...(member?.keys ?? [])].sort((a, b) => compare(a.plane, b.plane) || a.generation - b.generation);
  const rows: [string, unknown][] = [
    ["ipv4", ipv4],
    ["ipv6", ipv6],
  ];
  if (removedAt !== undefined) rows.push(["removedAt", removedAt]);
  if (waits) rows.push(["waits", true]);
  if (member) {
    rows.push(["identity", member.identity]);
    if (member.tags.length > 0) rows.push(["tags", flow(new YAMLSeq(), [...member.tags].sort().map(scalar))]);
    rows.push(["joinedAt", member.joinedAt]);
    if (member.ephemeral) rows.push(["ephemeral", true]);
    if (member.credentialUntil !== undefined) rows.push(["credentialUntil", member.credentialUntil]);
    rows.push(["keys", list(keys.map(keyNode))]);
  }
  return block(rows);
}

const keyNode = ({ plane, generation, publicKey, since }: InventoryKey) =>
  inline({ plane, generation, publicKey, ...(since !== undefined && { since }) });

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const scalar = (value: unknown) => new Scalar(value);

function block(rows: readonly (readonly [string, unknown])[]): YAMLMap {
  const map = new YAMLMap();
  for (const [key, value] of rows) map.set(scalar(key), typeof value === "object" ? value : scalar(value));
  return map;
}

function list(items: readonly unknown[]): YAMLSeq {
  const sequence = new YAMLSeq();
  sequence.items.push(...items);
  return sequence;
}

function inline(values: Readonly<Record<string, unknown>>): YAMLMap {
  const map = block(Object.entries(values));
  map.flow = true;
  return map;
}

function flow(sequence: YAMLSeq, items: readonly unknown[]): YAMLSeq {
  sequence.items.push(...items);
  sequence.flow = true;
  return sequence;
}

/** The file's own lines, so that it reads and differs as it does by itself. */
function literal(text: string): Scalar {
  const node = new Scalar(text);
  node.type = Scalar.BLOCK_LITERAL;
  return node;
}
