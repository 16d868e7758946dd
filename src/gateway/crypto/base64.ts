// Base64 as tokens have it (unpadded base64url) and as snapshots have it (padded base64), to the bytes as a Lua string.
import { libcrypto } from "./libcrypto.ts";

interface Bytes extends CData {
  [index: number]: number;
}

/** @noSelf */
interface ByteViews {
  readonly new: (type: string, length?: number) => Bytes;
  readonly typeof: (type: string) => CData;
  readonly cast: (type: CData, text: string) => Bytes;
  readonly string: (bytes: Bytes, length: number) => string;
}

const ffi: ByteViews = require("ffi");
const textType = ffi.typeof("const uint8_t *");

const invalid = 255;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const sextets = ffi.new("uint8_t[256]");
for (let byte = 0; byte < 256; byte++) sextets[byte] = invalid;
for (let value = 0; value < 64; value++) sextets[string.byte(alphabet, value + 1)] = value;

/** The longest text that `decodeBase64url` takes, bytes. */
const maxBase64urlBytes = 8192;
const decoded = ffi.new("uint8_t[?]", maxBase64urlBytes);

/**
 * Bytes of unpadded base64url (RFC 7515 section 2), in its one canonical form: a character outside of the alphabet, a
 * length that no bytes have and unused bits that are not zero (RFC 4648 section 3.5) all give undefined.
 */
export function decodeBase64url(text: string): string | undefined {
  const length = text.length;
  const rest = length % 4;
  if (rest === 1 || length > maxBase64urlBytes) return undefined;
  const from = ffi.cast(textType, text);
  const whole = length - rest;
  let to = 0;
  for (let at = 0; at < whole; at += 4) {
    const a = sextets[from[at]!]!;
    const b = sextets[from[at + 1]!]!;
    const c = sextets[from[at + 2]!]!;
    const d = sextets[from[at + 3]!]!;
    if ((a | b | c | d) > 63) return undefined;
    decoded[to] = (a << 2) | (b >> 4);
    decoded[to + 1] = ((b & 15) << 4) | (c >> 2);
    decoded[to + 2] = ((c & 3) << 6) | d;
    to += 3;
  }
  if (rest > 0) {
    const a = sextets[from[whole]!]!;
    const b = sextets[from[whole + 1]!]!;
    const c = rest === 3 ? sextets[from[whole + 2]!]! : 0;
    const unused = rest === 3 ? c & 3 : b & 15;
    if ((a | b | c) > 63 || unused !== 0) return undefined;
    decoded[to] = (a << 2) | (b >> 4);
    decoded[to + 1] = ((b & 15) << 4) | (c >> 2);
    to += rest - 1;
  }
  return ffi.string(decoded, to);
}

/** Bytes of padded base64 (RFC 4648 section 4) that the edge process wrote; undefined when it is none. */
export function decodeBase64(text: string): string | undefined {
  const to = ffi.new("uint8_t[?]", text.length);
  const length = libcrypto.EVP_DecodeBlock(to, text, text.length);
  if (length < 0) return undefined;
  const [padding] = string.match(text, "(=?=?)$");
  return ffi.string(to, length - padding!.length);
}
