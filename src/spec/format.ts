// The file in one form, comments kept: sections in their order, two spaces a level, brackets where they fit on a line.
import { type Document, isAlias, isMap, isScalar, visit, YAMLMap, YAMLSeq } from "yaml";
import { parseForWriting } from "./comments.ts";
import { readDocument } from "./document.ts";
import type { Issue } from "./issue.ts";
import { sectionNames } from "./schema.ts";

/** Longer collections in brackets become lines. */
const maxBracketLength = 100;

export interface Formatted {
  /** Absent when the text cannot be read. */
  readonly text?: string;
  readonly issues: readonly Issue[];
}

/** Formats a file; it need not be valid, only a mapping that can be read. Formatting twice changes nothing more. */
export function formatSpec(text: string): Formatted {
  const { issues } = readDocument(text);
  if (issues.length > 0) return { issues };
  const { body, remarks } = splitRemarks(text);
  const document = parseForWriting(body);
  return { text: isMap(document.contents) ? formatDocument(document) + remarks : text, issues };
}

/** Comments at the left margin below the last value: the library would take them for a part of it and indent them. */
function splitRemarks(text: string): { body: string; remarks: string } {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const end = lines.findLastIndex((line) => !/^(#|\s*$)/.test(line)) + 1;
  const remarks = lines.slice(end).map((line) => line.trimEnd());
  const joined = remarks
    .join("\n")
    .replace(/\n{2,}/g, "\n\n")
    .trimEnd();
  return { body: `${lines.slice(0, end).join("\n")}\n`, remarks: joined && `${joined}\n` };
}

/** The canonical text of a document. */
export function formatDocument(document: Document): string {
  sortSections(document);
  for (;;) {
    const tooLong: Brackets[] = [];
    styleBrackets(document, (node) => tooLong.push(node));
    const text = document.toString({ indent: 2, indentSeq: true, lineWidth: 0 });
    if (tooLong.length === 0) return text;
    for (const node of tooLong) node.flow = false;
  }
}

type Brackets = YAMLMap | YAMLSeq;

/** Sections in the schema's order, unknown ones last. An alias must stay below its anchor: files with aliases keep their order. */
function sortSections(document: Document): void {
  if (!isMap(document.contents) || hasAlias(document)) return;
  const rank = (key: unknown) => {
    const index = isScalar(key) ? sectionNames.indexOf(String(key.value)) : -1;
    return index < 0 ? sectionNames.length : index;
  };
  const { items } = document.contents;
  const formerFirst = items[0];
  items.sort((a, b) => rank(a.key) - rank(b.key));
  if (items[0] !== formerFirst) moveBlankLine(items[0]?.key, formerFirst?.key);
}

/** The blank line that parted two sections parts them still when the lower one is now the first of the file. */
function moveBlankLine(from: unknown, to: unknown): void {
  if (!isScalar(from) || !isScalar(to) || !from.spaceBefore) return;
  from.spaceBefore = false;
  to.spaceBefore = true;
}

function hasAlias(document: Document): boolean {
  let found = false;
  visit(document, (_, node) => {
    found ||= isAlias(node);
  });
  return found;
}

/** Writes `{ a: b }` and `[a, b]`: the library pads both or none. Tells of the outermost that are too long for a line. */
function styleBrackets(document: Document, onTooLong: (node: Brackets) => void): void {
  visit(document, (_, node) => {
    if (!(node instanceof YAMLMap || node instanceof YAMLSeq)) return;
    const [prototype, flowCollectionPadding] =
      node instanceof YAMLMap ? [YAMLMap.prototype, " "] : [YAMLSeq.prototype, ""];
    node.toString = (context, onComment, onChompKeep) => {
      const padded = context && { ...context, flowCollectionPadding };
      const text = prototype.toString.call(node, padded, onComment, onChompKeep);
      const outermost = node.flow && !context?.inFlow;
      if (outermost && text.length > maxBracketLength && !text.includes("\n")) onTooLong(node);
      return text;
    };
  });
}
