// SHA-256 by OpenSSL, which nginx has loaded.

/** @noSelf */
interface Sha256Library {
  readonly SHA256: (data: string, length: number, digest: CData) => CData;
}

const ffi: Ffi<Sha256Library> = require("ffi");
ffi.cdef("unsigned char *SHA256(const unsigned char *data, size_t length, unsigned char *digest);");
const digestBytes = 32;
const buffer = ffi.new("unsigned char[32]");

/** The digest's 32 bytes. */
export function sha256(data: string): string {
  ffi.C.SHA256(data, data.length, buffer);
  return ffi.string(buffer, digestBytes);
}
