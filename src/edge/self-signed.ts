// Certificates that nobody vouches for, for labs: one a name, made once, kept on disk, renewed before they end.
import { join } from "node:path";
import { readFileIfAny, writeFileAtomic } from "../lib/files.ts";
import type { KeyedCertificate } from "../lib/x509.ts";
import { checkCertificate, expiryOf } from "./certificates.ts";

const dayMs = 86_400_000;
const renewMs = 30 * dayMs;

/** Where the certificate of a name is, so that a client can be told to trust it. `*.x` is in `_.x.pem`. */
export function selfSignedFiles(folder: string, name: string): { readonly certificate: string; readonly key: string } {
  const stem = join(folder, encodeURIComponent(name.replaceAll("*", "_")));
  return { certificate: `${stem}.pem`, key: `${stem}.key` };
}

/** The certificate of a name from `folder`, or a new one that is put there (its key with mode 0600). */
export async function selfSignedFor(folder: string, name: string, nowMs: number): Promise<KeyedCertificate> {
  const files = selfSignedFiles(folder, name);
  const certificatePem = readFileIfAny(files.certificate) ?? "";
  const keyPem = readFileIfAny(files.key) ?? "";
  const { ok } = checkCertificate(certificatePem, keyPem, [name], nowMs);
  if (ok && expiryOf(certificatePem)! - nowMs > renewMs) return { certificatePem, keyPem };
  const { selfSigned } = await import("../lib/x509.ts"); // 25 MB that most edges never need
  const made = await selfSigned([name], nowMs);
  writeFileAtomic(files.key, made.keyPem, 0o600);
  writeFileAtomic(files.certificate, made.certificatePem, 0o644);
  return made;
}
