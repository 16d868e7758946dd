// UTF-8 (RFC 3629), byte by byte: places count from 1, as Lua's do.

const isWithin = (byte: number, low: number, high: number) => byte >= low && byte <= high;

/** Bytes of the sequence of two or more that starts here; 0 when it is none: overlong, a surrogate, too high, cut off. */
export function sequenceLength(text: string, at: number): number {
  const first = string.byte(text, at) ?? 0;
  const second = string.byte(text, at + 1) ?? 0;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return isWithin(second, 0x80, 0xbf) ? 2 : 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (!isWithin(second, low, high) || !isWithin(string.byte(text, at + 2) ?? 0, 0x80, 0xbf)) return 0;
  if (first < 0xf0) return 3;
  return isWithin(string.byte(text, at + 3) ?? 0, 0x80, 0xbf) ? 4 : 0;
}

/** Characters (code points) of a text that is UTF-8. */
export function characterCount(text: string): number {
  let count = 0;
  for (let at = 1; at <= text.length; at++) {
    const byte = string.byte(text, at)!;
    if (byte < 0x80 || byte > 0xbf) count++;
  }
  return count;
}

/** A code point's bytes. */
export function encoded(point: number): string {
  const last = 0x80 + (point % 64);
  if (point < 0x80) return String.fromCharCode(point);
  const rest = Math.floor(point / 64);
  if (point < 0x800) return String.fromCharCode(0xc0 + rest, last);
  const middle = 0x80 + (rest % 64);
  const high = Math.floor(rest / 64);
  if (point < 0x10000) return String.fromCharCode(0xe0 + high, middle, last);
  return String.fromCharCode(0xf0 + Math.floor(high / 64), 0x80 + (high % 64), middle, last);
}
