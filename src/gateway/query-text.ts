// Names and values of a query as forms write them (application/x-www-form-urlencoded).

/** `%41` and `+` decoded; a `%` without two hex digits stays. */
export function decodeQueryText(text: string): string {
  const [spaced] = string.gsub(text, "%+", " ");
  const [decoded] = string.gsub(spaced, "%%(%x%x)", (hex) => string.char(tonumber(hex, 16)!));
  return decoded;
}

/** All but unreserved characters (RFC 3986 section 2.3) percent-encoded: every reader decodes it to the same. */
export function encodeQueryText(text: string): string {
  const [encoded] = string.gsub(text, "[^%w%-._~]", (one) => string.format("%%%02X", string.byte(one)));
  return encoded;
}
