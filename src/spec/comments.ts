// A document to be written again, whose comments stay with what they are about.
//
//   hosts:
//     api-1:          its value is empty: the library takes the next comment for a part of it,
//     # the database  and would write `api-1: # the database`
//     db-1:
import { type Document, parseDocument, type Scalar, visit } from "yaml";

const nothing = " null ";

/** Parses a file that need not be valid: keys that come twice and `<<` stay as they are written. */
export const parseAsWritten = (text: string) => parseDocument(text, { uniqueKeys: false, merge: false });

/** Parses a file to be changed and written; it need not be valid. */
export function parseForWriting(text: string): Document {
  const document = parseAsWritten(text);
  const empty = emptyValues(document).map(({ range }) => range![0]);
  const before = empty.filter((at) => standsAboveComment(text, at));
  const spelled = before.length === 0 ? document : parseAsWritten(insertAt(text, before));
  const starts = new Set(before.map((at, index) => at + index * nothing.length + 1));
  visit(spelled, {
    Scalar(_, node) {
      if (starts.has(node.range![0])) node.source = "";
      // The library gives a block without text a line, and one more each time.
      if (node.type?.startsWith("BLOCK_") && String(node.value).trim() === "") node.type = "QUOTE_DOUBLE";
    },
  });
  return spelled;
}

/** In the order of the text. */
function emptyValues(document: Document): Scalar[] {
  const found: Scalar[] = [];
  visit(document, {
    Scalar(where, node) {
      if (where !== "key" && node.value === null && node.source === "") found.push(node);
    },
  });
  return found;
}

/** Whether its line holds no more, but for a comment, and one that is indented no deeper follows. */
function standsAboveComment(text: string, at: number): boolean {
  const [, indent] = /^[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*\r?\n)*([ \t]*)#/.exec(text.slice(at)) ?? [];
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return indent !== undefined && indent.length <= line.length - line.trimStart().length;
}

function insertAt(text: string, places: readonly number[]): string {
  return places.reduceRight((done, at) => done.slice(0, at) + nothing + done.slice(at), text);
}
