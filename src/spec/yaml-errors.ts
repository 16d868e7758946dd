// What the YAML reader finds, said for people who write one file a year.
import type { YAMLError } from "yaml";

export interface Explanation {
  readonly message: string;
  readonly hint: string;
}

const indentation = /^BAD_INDENT(?!.* end with a )|sequence item without - indicator/i;

/** Whether a line's indentation is what is wrong. */
export const isIndentation = ({ code, message }: YAMLError) => indentation.test(`${code} ${message}`);

/** The first that matches the library's `CODE sentence` is told. */
const explanations: readonly (readonly [RegExp, message: string, hint: string])[] = [
  [/^TAB_AS_INDENT/, "a tab indents this line", "indent with spaces, two for each level"],
  [
    /end with a \]/,
    "a ] is missing at the latest here",
    "close the list that was opened with [, and indent what is in it",
  ],
  [
    /end with a \}/,
    "a } is missing at the latest here",
    "close the mapping that was opened with {, and indent what is in it",
  ],
  [
    indentation,
    "this line's indentation fits nothing above it",
    "indent with two spaces for each level, like the lines around",
  ],
  [/^MULTILINE_IMPLICIT_KEY/, "a key goes over more than one line", "does a line above lack its colon?"],
  [
    /^BLOCK_AS_IMPLICIT_KEY/,
    "a second colon belongs to this value",
    "put the value in quotes, or the inner key on a line of its own",
  ],
  [/^BLOCK_IN_FLOW/, "a list or mapping in lines stands inside brackets", "is a bracket above left open?"],
  [/block-seq-ind on same line/, "a list starts on the line of its key", "put - on the next line, or write [a, b]"],
  [/^BAD_SCALAR_START/, "a value cannot start with this character", "put the value in quotes"],
  [/^BAD_DQ_ESCAPE/, "this escape is not known in double quotes", "use single quotes, or write \\\\ for one \\"],
  [/^KEY_OVER_1024_CHARS/, "a key is longer than 1024 characters", "is a quote or a bracket left open?"],
  [
    /^(TAG_RESOLVE_FAILED|BAD_COLLECTION_TYPE)/,
    "this value has a type tag (!…)",
    "take the tag out: the file needs none",
  ],
  [/flow-(seq|map)-end/, "this bracket closes nothing", "take it out, or open it where the list or mapping starts"],
  [
    /Unexpected ,|^MISSING_CHAR.* [,:]/,
    "the commas or colons in these brackets do not fit",
    "write [a, b] and { a: b, c: d }",
  ],
  [/^UNEXPECTED_TOKEN Block scalar/, "something stands after | or >", "put the text on the next line, indented"],
  [
    /^MISSING_CHAR Implicit map keys/,
    "a colon is missing after this key",
    "write `key: value`, with a space after the colon",
  ],
  [/^UNEXPECTED_TOKEN/, "this does not belong here", "does a line above lack its colon, or this one its quotes?"],
];

/** A sentence and a hint for an error of the YAML library. */
export function explainYaml(error: YAMLError): Explanation {
  const said = `${error.code} ${error.message}`;
  const known = explanations.find(([pattern]) => pattern.test(said));
  if (known) return { message: known[1], hint: known[2] };
  const sentence = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const hint = "compare with the lines around it; `portway init` writes an example";
  return { message: `this is not YAML: ${sentence}`, hint };
}
