// One parameter of a query, decoded as forms are (application/x-www-form-urlencoded).

/** `%41` and `+` decoded; a `%` without two hex digits stays. */
export function decodeQueryText(text: string): string {
  if (text.indexOf("%") < 0 && text.indexOf("+") < 0) return text;
  const [spaced] = string.gsub(text, "%+", " ");
  const [decoded] = string.gsub(spaced, "%%(%x%x)", (hex) => string.char(tonumber(hex, 16)!));
  return decoded;
}

/** The value of the first parameter with this name, names compared decoded; undefined when there is none. */
export function queryValue(query: string, name: string): string | undefined {
  let start = 0;
  while (start <= query.length) {
    const next = query.indexOf("&", start);
    const end = next < 0 ? query.length : next;
    const pair = string.sub(query, start + 1, end);
    const equals = pair.indexOf("=");
    const key = equals < 0 ? pair : string.sub(pair, 1, equals);
    if (decodeQueryText(key) === name) return equals < 0 ? "" : decodeQueryText(string.sub(pair, equals + 2));
    start = end + 1;
  }
  return undefined;
}
