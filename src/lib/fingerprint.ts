// Fingerprints by which certificates are pinned and identity keys are known.
import { createHash, createPublicKey, X509Certificate } from "node:crypto";

/** SHA-256 of the certificate's DER, 64 hex digits; of a chain, its first certificate. */
export function fingerprintOfCertificate(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

/** SHA-256 of the key's SubjectPublicKeyInfo DER, 64 hex digits; takes the PEM of a public key, private key or certificate. */
export function fingerprintOfKey(pem: string): string {
  const key = pem.includes("BEGIN CERTIFICATE-") ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");
}
