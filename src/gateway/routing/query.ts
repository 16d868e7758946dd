// Parameters of a query, read and written as forms do (`application/x-www-form-urlencoded`).

/** The query of a target (path and query), empty when there is none. */
export function queryOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : string.sub(target, mark + 2);
}

/** The first value of a parameter, names compared decoded; empty for one without `=`, undefined for none. */
export function queryValue(query: string, name: string): string | undefined {
  let start = 0;
  while (start < query.length) {
    const next = query.indexOf("&", start);
    const end = next < 0 ? query.length : next;
    const equals = query.indexOf("=", start);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (decodedQuery(string.sub(query, start + 1, nameEnd)) === name)
      return decodedQuery(string.sub(query, nameEnd + 2, end));
    start = end + 1;
  }
  return undefined;
}

/** With `+` and `%XX` read; a `%` without two digits stands for itself. */
export function decodedQuery(text: string): string {
  if (text.indexOf("%") < 0 && text.indexOf("+") < 0) return text;
  const parts: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const one = string.sub(text, i + 1, i + 1);
    const code = one === "%" ? hexCode(string.sub(text, i + 2, i + 3)) : -1;
    parts.push(code >= 0 ? String.fromCharCode(code) : one === "+" ? " " : one);
    if (code >= 0) i += 2;
  }
  return parts.join("");
}

const digits = "0123456789ABCDEF";

function hexCode(text: string): number {
  if (text.length !== 2) return -1;
  const high = digits.indexOf(string.sub(text, 1, 1).toUpperCase());
  const low = digits.indexOf(string.sub(text, 2, 2).toUpperCase());
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** All but unreserved characters (RFC 3986 section 2.3) percent-encoded: every reader decodes it to the same. */
export function encodedQuery(text: string): string {
  const parts: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const one = string.sub(text, i + 1, i + 1);
    parts.push(unreserved.indexOf(one) >= 0 ? one : percentEncoded(text.charCodeAt(i)));
  }
  return parts.join("");
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

function percentEncoded(code: number): string {
  const [high, low] = [Math.floor(code / 16), code % 16];
  return `%${string.sub(digits, high + 1, high + 1)}${string.sub(digits, low + 1, low + 1)}`;
}
