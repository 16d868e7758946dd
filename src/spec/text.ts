// The file's bytes as text: of a bounded size, UTF-8, and without characters that editors do not show.
import { errorAt, type Finding, type Issue, printable } from "./issue.ts";

const mebibyte = 1024 * 1024;

/** All but what YAML 1.2 section 5.1 calls printable; of line breaks only those that every editor shows as one. */
const unprintablePattern =
  /[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\r(?!\n)/u;

/** The text, or why there is none. A byte-order mark is left out. */
export function readText(input: string | Uint8Array, maxBytes: number = mebibyte): string | Issue {
  const bytes = typeof input === "string" ? Buffer.byteLength(input) : input.length;
  if (bytes > maxBytes) {
    const message = `the file is ${(bytes / 1e6).toFixed(1)} MB; the limit is ${maxBytes / mebibyte} MiB`;
    return issueAfter("", errorAt([], "fileTooLarge", message, "is this the right file?"));
  }
  const text = typeof input === "string" ? input.replace(/^\ufeff/, "") : decode(input);
  if (typeof text !== "string") return text;
  const unprintable = text.search(unprintablePattern);
  return unprintable < 0 ? text : controlCharacter(text, unprintable);
}

function decode(bytes: Uint8Array): string | Issue {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder().decode(bytes);
    const before = text.slice(0, text.indexOf("\ufffd"));
    return issueAfter(before, errorAt([], "notUtf8", "the file is not UTF-8 text", "save it with the encoding UTF-8"));
  }
}

function controlCharacter(text: string, offset: number): Issue {
  const message = `the file has the control character ${printable(text.charAt(offset))} here`;
  const hint = "take it out; was the file saved by another program or with another encoding?";
  return issueAfter(text.slice(0, offset), errorAt([], "controlCharacter", message, hint));
}

/** The issue just past some text. */
function issueAfter(before: string, { severity, code, message, hint }: Finding): Issue {
  const lines = before.split("\n");
  return { severity, code, line: lines.length, column: lines.at(-1)!.length + 1, path: "", message, hint };
}
