// Bytes that come in chunks as lines of text.

/** Lines of UTF-8, and what stands after the last; throws for other bytes, and `tooLong()` for a line beyond that length. */
export async function* linesIn(
  chunks: AsyncIterable<Buffer>,
  { maxLength, tooLong }: { readonly maxLength: number; readonly tooLong: () => Error },
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of chunks) {
    const pieces = decoder.decode(chunk, { stream: true }).split("\n");
    pieces[0] = rest + pieces[0]!;
    rest = pieces.pop()!;
    yield* pieces;
    if (rest.length > maxLength) throw tooLong();
  }
  if (rest !== "") yield rest;
}
