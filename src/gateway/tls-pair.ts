// A certificate chain and its key, parsed once a snapshot and kept as OpenSSL's own objects.

/** @noSelf */
interface NgxSsl {
  readonly parse_pem_cert: (pem: string) => LuaMultiReturn<[chain: CData | undefined, error?: string]>;
  readonly parse_pem_priv_key: (pem: string) => LuaMultiReturn<[key: CData | undefined, error?: string]>;
}

/** @noSelf */
interface X509Library {
  readonly OPENSSL_sk_value: (stack: CData, index: number) => CData;
  readonly X509_check_private_key: (certificate: CData, key: CData) => number;
}

const ssl: NgxSsl = require("ngx.ssl");
const ffi: Ffi<X509Library> = require("ffi");
ffi.cdef(`
  void *OPENSSL_sk_value(const void *stack, int index);
  int X509_check_private_key(const void *certificate, const void *key);
`);

export interface TlsPair {
  readonly chain: CData;
  readonly key: CData;
}

/** Throws a sentence when the PEM texts are not a certificate and the key that belongs to it. */
export function parseCertificate(chainPem: string, keyPem: string): TlsPair {
  const [chain, chainError] = ssl.parse_pem_cert(chainPem);
  if (chain === undefined) throw `the certificate cannot be read: ${chainError}`;
  const [key, keyError] = ssl.parse_pem_priv_key(keyPem);
  if (key === undefined) throw `the private key cannot be read: ${keyError}`;
  if (ffi.C.X509_check_private_key(ffi.C.OPENSSL_sk_value(chain, 0), key) !== 1) {
    throw "the private key is another certificate's";
  }
  return { chain, key };
}
