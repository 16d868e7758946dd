// Values of a request on their way into a header: what a reader could take for more than a value stops here.

const mostKnown = 1000;
const longest = 4096;
const memory: { known: Record<string, boolean | undefined>; count: number } = { known: {}, count: 0 };

function judge(text: string): boolean {
  if (memory.count >= mostKnown) {
    memory.known = {};
    memory.count = 0;
  }
  const [unplain] = string.find(text, "[^ -~]");
  const isPlain = unplain === undefined && text !== "" && text.length <= longest;
  memory.known[text] = isPlain;
  memory.count++;
  return isPlain;
}

/** The text itself when it is printable ASCII of a sane length; undefined for any other, and for an empty one. */
export function plainText(text: string): string | undefined {
  const known = memory.known[text];
  const isPlain = known === undefined ? judge(text) : known;
  return isPlain ? text : undefined;
}
