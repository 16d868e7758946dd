// JSON objects that strangers send, by lua-cjson with its liberties taken away.

/** @noSelf */
interface StrictCjson extends CjsonSafe {
  readonly new: () => StrictCjson;
  readonly decode_invalid_numbers: (allowed: boolean) => void;
  readonly decode_max_depth: (depth: number) => void;
}

/** The deepest nesting that is read. */
const maxJsonDepth = 32;

const cjson: StrictCjson = (require("cjson.safe") as StrictCjson).new();
cjson.decode_invalid_numbers(false);
cjson.decode_max_depth(maxJsonDepth);

/**
 * The members of a JSON object; undefined for anything else. Of members with one name the last counts, as RFC 7515
 * section 4 allows and as ECMAScript reads them. A null is a value that is neither undefined nor of any type.
 */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const [isObject] = string.find(text, "^[ \t\r\n]*{");
  // cjson would stop at a NUL, and JSON has no bare control character but white space (RFC 8259 section 7).
  const [control] = string.find(text, "[%z\x01-\x08\x0b\x0c\x0e-\x1f]");
  if (isObject === undefined || control !== undefined) return undefined;
  const [value] = cjson.decode(text);
  return value as Readonly<Record<string, unknown>> | undefined;
}
