// OpenSSL 3 for the gateway: nginx is linked with libcrypto, so its functions are called in place, without a socket, a
// module or a copy. What is made here by a snapshot lives in the worker and is freed when the snapshot's tables are.

/** OpenSSL's EVP_PKEY, EVP_PKEY_CTX and their kin: opaque. */
export type Handle = CData;

/** The functions used, as OpenSSL's manual describes them; undefined is NULL. @noSelf */
export interface Libcrypto {
  readonly CRYPTO_memcmp: (a: CData, b: string, length: number) => number;
  readonly ERR_clear_error: () => void;
  readonly EVP_DecodeBlock: (to: CData, base64: string, length: number) => number;
  readonly EVP_MD_fetch: (library: undefined, name: string, properties: undefined) => Handle | undefined;
  readonly EVP_Digest: (
    data: string,
    length: number,
    to: CData,
    toLength: undefined,
    digest: Handle,
    engine: undefined,
  ) => number;
  readonly HMAC: (
    digest: Handle,
    key: string,
    keyLength: number,
    data: string,
    length: number,
    to: CData,
    toLength: undefined,
  ) => CData | undefined;
  readonly d2i_PUBKEY: (to: undefined, der: CData, length: number) => Handle | undefined;
  readonly EVP_PKEY_free: (key: Handle) => void;
  readonly EVP_PKEY_is_a: (key: Handle, type: string) => number;
  readonly EVP_PKEY_get_group_name: (key: Handle, to: CData, size: number, length: undefined) => number;
  readonly EVP_PKEY_CTX_new: (key: Handle, engine: undefined) => Handle | undefined;
  readonly EVP_PKEY_CTX_free: (context: Handle) => void;
  readonly EVP_PKEY_verify_init: (context: Handle) => number;
  readonly EVP_PKEY_CTX_set_signature_md: (context: Handle, digest: Handle) => number;
  readonly EVP_PKEY_CTX_set_rsa_padding: (context: Handle, padding: number) => number;
  readonly EVP_PKEY_CTX_set_rsa_pss_saltlen: (context: Handle, bytes: number) => number;
  readonly EVP_PKEY_verify: (
    context: Handle,
    signature: string,
    signatureLength: number,
    hash: CData,
    hashLength: number,
  ) => number;
  readonly EVP_MD_CTX_new: () => Handle | undefined;
  readonly EVP_MD_CTX_free: (context: Handle) => void;
  readonly EVP_DigestVerifyInit: (
    context: Handle,
    keyContext: undefined,
    digest: undefined,
    engine: undefined,
    key: Handle,
  ) => number;
  readonly EVP_DigestVerify: (
    context: Handle,
    signature: string,
    signatureLength: number,
    data: string,
    length: number,
  ) => number;
}

/** @noSelf */
interface LibraryLoader extends Ffi<Libcrypto> {
  readonly load: (name: string) => Libcrypto;
  readonly gc: (data: Handle, free: (data: Handle) => void) => Handle;
}

const ffi: LibraryLoader = require("ffi");

ffi.cdef(`
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
int CRYPTO_memcmp(const void *a, const void *b, size_t length);
void ERR_clear_error(void);
int EVP_DecodeBlock(unsigned char *to, const unsigned char *from, int length);
EVP_MD *EVP_MD_fetch(void *library, const char *name, const char *properties);
int EVP_Digest(const void *data, size_t length, unsigned char *to, unsigned int *to_length, const EVP_MD *digest, void *engine);
unsigned char *HMAC(const EVP_MD *digest, const void *key, int key_length, const unsigned char *data, size_t length, unsigned char *to, unsigned int *to_length);
EVP_PKEY *d2i_PUBKEY(EVP_PKEY **to, const unsigned char **der, long length);
void EVP_PKEY_free(EVP_PKEY *key);
int EVP_PKEY_is_a(const EVP_PKEY *key, const char *type);
int EVP_PKEY_get_group_name(const EVP_PKEY *key, char *to, size_t size, size_t *length);
EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *key, void *engine);
void EVP_PKEY_CTX_free(EVP_PKEY_CTX *context);
int EVP_PKEY_verify_init(EVP_PKEY_CTX *context);
int EVP_PKEY_CTX_set_signature_md(EVP_PKEY_CTX *context, const EVP_MD *digest);
int EVP_PKEY_CTX_set_rsa_padding(EVP_PKEY_CTX *context, int padding);
int EVP_PKEY_CTX_set_rsa_pss_saltlen(EVP_PKEY_CTX *context, int bytes);
int EVP_PKEY_verify(EVP_PKEY_CTX *context, const unsigned char *signature, size_t signature_length, const unsigned char *hash, size_t hash_length);
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *context);
int EVP_DigestVerifyInit(EVP_MD_CTX *context, EVP_PKEY_CTX **key_context, const EVP_MD *digest, void *engine, EVP_PKEY *key);
int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *signature, size_t signature_length, const unsigned char *data, size_t length);
`);

/** nginx's own libcrypto where the process has one, else (plain LuaJIT) the shared library of OpenSSL 3. */
function findLibcrypto(): Libcrypto {
  const [isLinked] = pcall(() => ffi.C.ERR_clear_error());
  return isLinked ? ffi.C : ffi.load("libcrypto.so.3");
}

export const libcrypto = findLibcrypto();

/** Has LuaJIT's collector free what a function of OpenSSL made; undefined when it made nothing. */
export function owned(handle: Handle | undefined, free: (handle: Handle) => void): Handle | undefined {
  if (handle === undefined) return undefined; // also NULL: LuaJIT's FFI compares it equal to nil
  return ffi.gc(handle, free);
}
