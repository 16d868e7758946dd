// Literal replacement of texts, of all places from the first on, in bodies of bounded size.

/** Each pair in turn, the later in what the earlier made; undefined when it becomes longer by more than `mostMoreBytes`. */
export function replaceTexts(
  text: string,
  pairs: readonly (readonly [text: string, by: string])[],
  mostMoreBytes: number,
): string | undefined {
  const mostBytes = text.length + mostMoreBytes;
  let result = text;
  for (const [wanted, by] of pairs) {
    const next = replaceText(result, wanted, by, mostBytes);
    if (next === undefined) return undefined;
    result = next;
  }
  return result;
}

function replaceText(text: string, wanted: string, by: string, mostBytes: number): string | undefined {
  let at = text.indexOf(wanted);
  if (at < 0) return text;
  const parts: string[] = [];
  let bytes = text.length;
  let behind = 0;
  while (at >= 0) {
    bytes += by.length - wanted.length;
    if (bytes > mostBytes) return undefined;
    parts.push(string.sub(text, behind + 1, at), by);
    behind = at + wanted.length;
    at = text.indexOf(wanted, behind);
  }
  parts.push(string.sub(text, behind + 1));
  return parts.join("");
}
