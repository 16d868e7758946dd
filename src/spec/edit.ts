// Changes to the file's text that leave every other line as it is.
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, YAMLMap, YAMLSeq } from "yaml";
import { parseAsWritten, parseForWriting } from "./comments.ts";
import { formatDocument } from "./format.ts";
import { sectionNames } from "./schema.ts";

/** The text with one more line in a section; the section is made when it is missing. `entry` is `name: …` or `- …`. */
export function addEntry(text: string, section: string, entry: string): string {
  const document = parseAsWritten(text);
  if (!isMap(document.contents)) return text;
  const pairs = document.contents.items as Pair<Node, Node | null>[];
  const pair = pairs.find(({ key }) => nameOf(key) === section);
  const value = pair?.value;
  if (pair && (value === null || value === undefined || isEmpty(value))) return replaceEmpty(text, pair, entry);
  if (!pair || !value)
    return insertAfter(text, pastRemarks(text, previousSection(pairs, section)), [`${section}:`, `  ${entry}`]);
  if ((isMap(value) || isSeq(value)) && !value.flow) {
    return insertAfter(text, lastOffset(value), [`${" ".repeat(columnOf(text, value.range![0]))}${entry}`]);
  }
  return addToBrackets(text, section, entry);
}

function nameOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function isEmpty(value: Node): boolean {
  if (isScalar(value)) return value.value === null;
  return (isMap(value) || isSeq(value)) && value.flow === true && value.items.length === 0;
}

/** `routes:` and `routes: []` become a list of one. A comment on the line stays. */
function replaceEmpty(text: string, { key, value }: Pair<Node, Node | null>, entry: string): string {
  const colon = text.indexOf(":", key.range![1]) + 1;
  const end = isMap(value) || isSeq(value) ? value.range![1] : colon;
  return insertAfter(text.slice(0, colon) + text.slice(end), colon, [`  ${entry}`]);
}

/** Where the nearest section that is written before this one ends; the end of the file when there is none. */
function previousSection(pairs: readonly Pair<Node, Node | null>[], section: string): number {
  const rank = sectionNames.indexOf(section);
  const before = pairs.findLast(({ key }) => {
    const other = sectionNames.indexOf(nameOf(key) ?? "");
    return other >= 0 && other < rank;
  });
  const last = before ?? pairs.at(-1);
  return last ? lastOffset(last.value ?? last.key) : 0;
}

/** The end of the indented comments below an offset's line: they belong to what is above them. */
function pastRemarks(text: string, offset: number): number {
  const end = text.indexOf("\n", Math.max(0, offset - 1));
  const remarks = end < 0 ? null : /^(?:[ \t]+#.*\r?\n)+/.exec(text.slice(end + 1));
  return remarks ? end + 1 + remarks[0].length : offset;
}

/** Just past the last character of a value, comments after it left out. */
function lastOffset(node: Node): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1) as Pair<Node, Node | null> | undefined;
    return last ? Math.max(lastOffset(last.key), last.value ? lastOffset(last.value) : 0) : node.range![1];
  }
  const last = isSeq(node) && !node.flow ? (node.items.at(-1) as Node | undefined) : undefined;
  return last ? lastOffset(last) : node.range![1];
}

/** Inserts lines below the one that holds the character before an offset. */
function insertAfter(text: string, offset: number, lines: readonly string[]): string {
  const end = text.indexOf("\n", Math.max(0, offset - 1));
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const added = lines.join(newline);
  return end < 0
    ? `${text}${newline}${added}${newline}`
    : `${text.slice(0, end + 1)}${added}${newline}${text.slice(end + 1)}`;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** A section in brackets has no line of its own to add: it becomes lines, and the whole file takes the canonical form. */
function addToBrackets(text: string, section: string, entry: string): string {
  const document = parseForWriting(text);
  const value = document.get(section, true);
  const added = parseDocument(entry).contents;
  if (value instanceof YAMLMap && added instanceof YAMLMap) value.items.push(...added.items);
  if (value instanceof YAMLSeq && added instanceof YAMLSeq) value.items.push(...added.items);
  if (value instanceof YAMLMap || value instanceof YAMLSeq) value.flow = false;
  return formatDocument(document);
}

/** A text as it can stand in brackets; quoted where YAML would read something else. */
export function scalarText(text: string): string {
  const plain = /^[A-Za-z/][\w./-]*$/.test(text) && !/^(true|false|null)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
