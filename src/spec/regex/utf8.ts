// Ranges of code points as ranges of bytes in UTF-8.
import type { Range } from "./syntax.ts";

/** A range of each byte in turn. */
export type ByteSequence = readonly Range[];

const surrogates: Range = [0xd800, 0xdfff];
/** The last code point of one, two, three and four bytes. */
const lasts = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** Sequences that together take the UTF-8 of just these code points; surrogates have none. */
export function byteSequences([first, last]: Range): ByteSequence[] {
  if (first > last) return [];
  if (first <= surrogates[1] && last >= surrogates[0])
    return [...byteSequences([first, surrogates[0] - 1]), ...byteSequences([surrogates[1] + 1, last])];
  const length = lasts.findIndex((most) => first <= most);
  if (last > lasts[length]!)
    return [...byteSequences([first, lasts[length]!]), ...byteSequences([lasts[length]! + 1, last])];
  return alike(first, last, length);
}

/** Both ends have so many bytes after their first. */
function alike(first: number, last: number, following: number): ByteSequence[] {
  for (let i = 1; i <= following; i++) {
    const mask = 2 ** (6 * i) - 1;
    if (Math.floor(first / (mask + 1)) === Math.floor(last / (mask + 1))) continue;
    // Where the leading bytes differ, the ones that follow must take all values.
    if ((first & mask) !== 0)
      return [...alike(first, first | mask, following), ...alike((first | mask) + 1, last, following)];
    if ((last & mask) !== mask)
      return [...alike(first, (last & ~mask) - 1, following), ...alike(last & ~mask, last, following)];
  }
  const [low, high] = [encoded(first), encoded(last)];
  return [low.map((byte, index): Range => [byte, high[index]!])];
}

const encoded = (code: number): number[] => [...Buffer.from(String.fromCodePoint(code))];
