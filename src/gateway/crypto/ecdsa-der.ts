// ECDSA signatures travel in tokens as r || s, and OpenSSL reads SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 section 2.2.3).

/** DER of a signature of two numbers of `numberBytes` each, at most 66 (P-521); undefined when its length is another. */
export function derOfSignature(signature: string, numberBytes: number): string | undefined {
  if (signature.length !== 2 * numberBytes) return undefined;
  const body = derInteger(signature.slice(0, numberBytes)) + derInteger(signature.slice(numberBytes));
  const length = body.length < 128 ? String.fromCharCode(body.length) : String.fromCharCode(0x81, body.length);
  return String.fromCharCode(0x30) + length + body;
}

function derInteger(bytes: string): string {
  let start = 0;
  while (start < bytes.length - 1 && bytes.charCodeAt(start) === 0) start++;
  const isNegative = bytes.charCodeAt(start) >= 128;
  const digits = (isNegative ? String.fromCharCode(0) : "") + bytes.slice(start);
  return String.fromCharCode(2, digits.length) + digits;
}
