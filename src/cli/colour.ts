// Terminal colours by meaning; all are the identity when colours are off.

export interface Palette {
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** SGR sequences (ECMA-48 section 8.3.117), or plain text. */
export function palette(on: boolean): Palette {
  const paint = (code: number, end: number) => (text: string) => (on ? `\x1b[${code}m${text}\x1b[${end}m` : text);
  return { good: paint(32, 39), warn: paint(33, 39), bad: paint(31, 39), dim: paint(2, 22), strong: paint(1, 22) };
}
