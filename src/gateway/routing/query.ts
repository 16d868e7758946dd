// Parameters of a request's query, read as forms write them (`application/x-www-form-urlencoded`).

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
    if (decoded(string.sub(query, start + 1, nameEnd)) === name) return decoded(string.sub(query, nameEnd + 2, end));
    start = end + 1;
  }
  return undefined;
}

/** With `+` and `%XX` read; a `%` without two digits stands for itself. */
function decoded(text: string): string {
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

const digits = "0123456789abcdef";

function hexCode(text: string): number {
  if (text.length !== 2) return -1;
  const high = digits.indexOf(string.sub(text, 1, 1).toLowerCase());
  const low = digits.indexOf(string.sub(text, 2, 2).toLowerCase());
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
