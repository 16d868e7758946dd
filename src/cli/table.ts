// Aligned columns for a terminal.

/** Lines of a table: columns as wide as their widest cell, two spaces apart; escape sequences have no width. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, width(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell + " ".repeat(widths[at]! - width(cell) + 2)))
      .join("")
      .trimEnd(),
  );
}

function width(cell: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences start with ESC
  return cell.replace(/\x1b\[[0-9;]*m/g, "").length;
}
