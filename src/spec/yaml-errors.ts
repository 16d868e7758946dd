// What the YAML reader finds, said for people who write one file a year.
import type { YAMLError } from "yaml";

interface Explanation {
  readonly message: string;
  readonly hint: string;
}

const fallbackHint = "compare with the lines around it; `portway init` writes an example";

const explanations: Partial<Record<YAMLError["code"], Explanation>> = {
  TAB_AS_INDENT: { message: "a tab indents this line", hint: "indent with spaces, two for each level" },
  BAD_INDENT: {
    message: "this line's indentation fits nothing above it",
    hint: "indent with two spaces for each level, and lists like their neighbours",
  },
  MULTILINE_IMPLICIT_KEY: { message: "a key goes over more than one line", hint: "does a line above lack its colon?" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a second colon stands on this line",
    hint: "quote a value that has a colon and a space in it, or put the inner key on a line of its own",
  },
  BLOCK_IN_FLOW: {
    message: "a list or mapping in lines stands inside brackets",
    hint: "is a bracket above left open?",
  },
  BAD_SCALAR_START: { message: "a value cannot start with this character", hint: "put the value in quotes" },
  BAD_DQ_ESCAPE: {
    message: "this escape is not known in double quotes",
    hint: "use single quotes, or write \\\\ for one \\",
  },
  KEY_OVER_1024_CHARS: { message: "a key is longer than 1024 characters", hint: "is a quote or bracket left open?" },
  TAG_RESOLVE_FAILED: { message: "this value has a type tag (!…)", hint: "take the tag out: the file needs none" },
  BAD_COLLECTION_TYPE: { message: "this value has a type tag (!…)", hint: "take the tag out: the file needs none" },
};

/** A sentence and a hint for an error of the YAML library. */
export function explainYaml(error: YAMLError): Explanation {
  const known = explanations[error.code];
  if (known) return known;
  const said = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return { message: `this is not YAML: ${said.replace(/\s+/g, " ").slice(0, 200)}`, hint: hintFor(said) };
}

function hintFor(said: string): string {
  if (/quote/.test(said)) return "close the quotes that were opened here";
  if (/flow (map|seq|collection)|expected flow/.test(said)) return "is a bracket or a comma missing?";
  if (/implicit map keys/i.test(said)) return "write `key: value`, with a space after the colon";
  return fallbackHint;
}
