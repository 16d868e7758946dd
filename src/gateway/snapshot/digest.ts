// The set digest of wire/objects.ts: the XOR of SHA-256(key NUL value) over all objects, kept up with each change.
import { sha256 } from "../crypto/sha256.ts";

const digestBytes = 32;
const hexDigits = "0123456789abcdef";

/** 32 numbers from 0 to 255. */
export type Sum = number[];

export function emptySum(): Sum {
  const sum: Sum = [];
  for (let i = 0; i < digestBytes; i++) sum.push(0);
  return sum;
}

/** From 64 hex digits. */
export function parseSum(hex: string): Sum {
  const sum: Sum = [];
  for (let i = 0; i < digestBytes; i++) {
    sum.push(hexDigits.indexOf(hex.charAt(2 * i)) * 16 + hexDigits.indexOf(hex.charAt(2 * i + 1)));
  }
  return sum;
}

export function formatSum(sum: Sum): string {
  return sum.map((byte) => hexDigits.charAt(Math.floor(byte / 16)) + hexDigits.charAt(byte % 16)).join("");
}

/** Puts an object into the set, or takes it out. */
export function toggle(sum: Sum, key: string, value: string): void {
  const hash = sha256(`${key}\0${value}`);
  for (let i = 0; i < digestBytes; i++) sum[i] = sum[i]! ^ hash.charCodeAt(i);
}
