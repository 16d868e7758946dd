// What leaves a machine in a debug bundle: text without secrets, those that are known and those that look like some.

const removed = "[removed]";

/** Forms that secrets have in logs and answers; the group before the secret stays. */
const shapes: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\bprivate[ _-]?key"?\s*[:=]\s*"?)[A-Za-z0-9+/_-]{42,44}=?/gi, // WireGuard's, as wg and its configuration show it
  /(\bpreshared[ _-]?key"?\s*[:=]\s*"?)[A-Za-z0-9+/_-]{42,44}=?/gi,
  /()\bpw[a-z]?\d\.[\w.-]{16,}/g, // tokens of Portway
  /()\beyJ[\w-]{8,}\.[\w-]*(?:\.[\w-]*)*/g, // JWT (RFC 7519)
  /(\b(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key)"?\s*[:=]\s*"?)[^\r\n"]+/gi,
  /(\b(?:bearer|basic)\s+)[\w+/=.~-]{8,}/gi,
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi, // a name and a password in a URL
  /(\b(?:request|referrer|upstream): "[^"?]*\?)[^" ]*/g, // nginx's error log has whole URLs
];

/** The text without any of these secrets, and without what has the form of one. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((left, secret) => left.replaceAll(secret, removed), text);
  return shapes.reduce((left, shape) => left.replace(shape, `$1${removed}`), known);
}
