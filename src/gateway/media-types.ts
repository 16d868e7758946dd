// Lists of media types, and whether a Content-Type is in one: without its parameters, in any case (RFC 9110 section 8.3).

export interface MediaTypes {
  /** Lower-case types, and kinds as `image/*`; false for one that its kind does not take in. */
  readonly listed: Record<string, boolean | undefined>;
  /** Headers that were looked up before, and whether they are in the list. */
  known: Record<string, boolean | undefined>;
  count: number;
}

const mostKnown = 1000;

export function mediaTypes(types: readonly string[]): MediaTypes {
  const listed: Record<string, boolean | undefined> = {};
  for (const type of types) listed[type] = true;
  return { listed, known: {}, count: 0 };
}

function lookUp(types: MediaTypes, header: string): boolean {
  if (types.count >= mostKnown) {
    types.known = {};
    types.count = 0;
  }
  const text = string.lower(header);
  const [bare, bareKind] = string.match(text, "^[ \t]*(([^ \t;,/]+)/[^ \t;,]+)[ \t]*$");
  const [first, firstKind] = string.match(text, "^[ \t]*(([^ \t;,/]+)/[^ \t;,]+)[ \t]*;[^,]*$");
  const name = bare ?? first;
  const exact = name === undefined ? undefined : types.listed[name];
  const isIn = exact === undefined ? types.listed[`${bareKind ?? firstKind}/*`] === true : exact;
  types.known[header] = isIn;
  types.count++;
  return isIn;
}

/** True when the header names one type, and that is in the list. */
export function isListed(types: MediaTypes, header: string): boolean {
  const known = types.known[header];
  const isIn = known === undefined ? lookUp(types, header) : known;
  return isIn;
}
