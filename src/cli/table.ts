// Aligned columns for a terminal.

const gap = 2;

/**
 * Lines of a table: columns as wide as their widest cell, two spaces apart; escape sequences have no width. Where that is
 * more than `room`, cells go on below themselves, broken at spaces and commas alone: a name stays whole.
 */
export function columns(rows: readonly (readonly string[])[], room = Number.POSITIVE_INFINITY): string[] {
  const widths = fitted(rows, room);
  return rows.flatMap((row) => {
    const cells = row.map((cell, at) => folded(cell, widths[at]!));
    const height = Math.max(1, ...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, at) => padded(lines[line] ?? "", widths[at]! + gap))
        .join("")
        .trimEnd(),
    );
  });
}

/** The widest column gives way first, to where its cells can next be broken, until the table fits or none can. */
function fitted(rows: readonly (readonly string[])[], room: number): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widthAt = (at: number, within: number) =>
    Math.max(0, ...rows.flatMap((row) => folded(row[at] ?? "", within).map(width)));
  const widths = Array.from({ length: count }, (_, at) => widthAt(at, Number.POSITIVE_INFINITY));
  const breakable = new Set(widths.keys());
  while (breakable.size > 0 && widths.reduce((sum, one) => sum + one, gap * (count - 1)) > room) {
    const widest = [...breakable].reduce((a, b) => (widths[b]! >= widths[a]! ? b : a));
    const narrower = widthAt(widest, widths[widest]! - 1);
    if (narrower < widths[widest]!) widths[widest] = narrower;
    else breakable.delete(widest);
  }
  return widths;
}

/** Text with what it is painted with around each of its lines. */
function folded(cell: string, room: number): string[] {
  const [, before = "", text = "", after = ""] = painted.exec(cell) ?? [];
  const lines = [""];
  for (const piece of piecesOf(text)) {
    const last = lines.length - 1;
    if (lines[last] !== "" && (lines[last] + piece).trimEnd().length > room) lines.push(piece);
    else lines[last] += piece;
  }
  return lines.map((line) => before + line.trimEnd() + after);
}

const piecesOf = (text: string): string[] => text.match(/[^ ,]*[ ,]*/g)!;

const padded = (text: string, wide: number) => text + " ".repeat(Math.max(0, wide - width(text)));

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
const painted = /^((?:\x1b\[[0-9;]*m)*)(.*?)((?:\x1b\[[0-9;]*m)*)$/s;
const width = (cell: string): number => cell.replace(/\x1b\[[0-9;]*m/g, "").length;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above
