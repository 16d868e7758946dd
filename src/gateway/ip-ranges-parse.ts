// Prefixes as text become ranges of bytes (ip-ranges.ts).
import type { IpRanges, Ranges } from "./ip-ranges.ts";

const ipv4Length = 4;
const ipv6Length = 16;

/** From canonical prefixes, sorted, none inside another, as snapshots hold them; undefined when one is not a prefix. */
export function ipRanges(prefixes: readonly string[]): IpRanges | undefined {
  const ranges: IpRanges = { ipv4: { firsts: [], lasts: [] }, ipv6: { firsts: [], lasts: [] } };
  for (const prefix of prefixes) {
    const slash = prefix.indexOf("/");
    const bytes = addressBytes(slash < 0 ? prefix : prefix.substring(0, slash));
    if (bytes === undefined) return undefined;
    const length = slash < 0 ? bytes.length * 8 : Number(prefix.substring(slash + 1));
    if (!(length >= 0 && length <= bytes.length * 8)) return undefined;
    addRange(bytes.length === ipv4Length ? ranges.ipv4 : ranges.ipv6, bytes, length);
  }
  return ranges;
}

/** Ranges that come out of order (sorted as text, not as bytes) are put in their place. */
function addRange(ranges: Ranges, bytes: readonly number[], length: number): void {
  let first = "";
  let last = "";
  bytes.forEach((byte, index) => {
    const fixedBits = Math.min(8, Math.max(0, length - index * 8));
    const span = 2 ** (8 - fixedBits);
    const from = Math.floor(byte / span) * span;
    first += String.fromCharCode(from);
    last += String.fromCharCode(from + span - 1);
  });
  let at = ranges.firsts.length;
  while (at > 0 && first < ranges.firsts[at - 1]!) at--;
  ranges.firsts.splice(at, 0, first);
  ranges.lasts.splice(at, 0, last);
}

/** The bytes of an IPv4 address or an IPv6 address without zone; undefined for anything else. */
export function addressBytes(text: string): number[] | undefined {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    const byte = digitsValue(part, 10, 3);
    if (byte === undefined || byte > 255) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0]!);
  const tail = halves.length === 2 ? groupBytes(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = ipv6Length - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const zeros: number[] = [];
  for (let i = 0; i < missing; i++) zeros.push(0);
  return head.concat(zeros, tail);
}

function groupBytes(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    const value = digitsValue(group, 16, 4);
    if (value === undefined) return undefined;
    bytes.push(Math.floor(value / 256), value % 256);
  }
  return bytes;
}

const digits = "0123456789abcdef";

function digitsValue(text: string, base: number, longest: number): number | undefined {
  if (text.length === 0 || text.length > longest) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = digits.indexOf(text.charAt(i).toLowerCase());
    if (digit < 0 || digit >= base) return undefined;
    value = value * base + digit;
  }
  return value;
}
