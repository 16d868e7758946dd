// Certificates that are files of this host: read, checked against their key, and given the names they serve.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { CertificateObject } from "../wire/edge.ts";

export interface CertificateProblem {
  /** Stable: `certificateExpired`, `certificateExpiresSoon`, `certificateNames`. */
  readonly code: "certificateExpired" | "certificateExpiresSoon" | "certificateNames";
  readonly text: string;
}

export type CheckedCertificate =
  | { readonly ok: true; readonly object: CertificateObject; readonly problems: readonly CertificateProblem[] }
  | { readonly ok: false; readonly reason: string };

const dayMs = 86_400_000;
const soonMs = 14 * dayMs;

/** Checks a chain (leaf first) and its key. `names` are those of the file; empty: the certificate's own. */
export function checkCertificate(
  certificatePem: string,
  keyPem: string,
  names: readonly string[],
  nowMs: number,
): CheckedCertificate {
  const leaf = checkPair(certificatePem, keyPem);
  if (typeof leaf === "string") return { ok: false, reason: leaf };
  const own = ownNames(leaf);
  const served = [...new Set((names.length > 0 ? names : own).map((name) => name.toLowerCase()))].sort();
  if (served.length === 0) return { ok: false, reason: "it holds no DNS name, and the file gives none" };
  const object = { names: served, certificatePem, keyPem };
  return { ok: true, object, problems: [...ageProblems(leaf, nowMs), ...nameProblems(served, own)] };
}

/** The first certificate of a chain whose key this is; otherwise what is wrong, as the end of a sentence. */
export function checkPair(certificatePem: string, keyPem: string): X509Certificate | string {
  const leaf = parse(() => new X509Certificate(certificatePem));
  if (leaf === undefined) return "it is not a PEM certificate";
  const key = parse(() => createPrivateKey(keyPem));
  if (key === undefined) return "its key is not a PEM private key without a passphrase";
  return fits(leaf, key) ? leaf : "its key belongs to another certificate";
}

/** When a certificate ends, ms since the epoch; undefined when it is none. */
export function expiryOf(certificatePem: string): number | undefined {
  return parse(() => new X509Certificate(certificatePem))?.validToDate.getTime();
}

/** Whether it has expired, or will soon. */
export function ageProblems(leaf: X509Certificate, nowMs: number): CertificateProblem[] {
  const leftMs = leaf.validToDate.getTime() - nowMs;
  const on = leaf.validToDate.toISOString().slice(0, 10);
  if (leftMs <= 0) return [{ code: "certificateExpired", text: `it expired on ${on}` }];
  return leftMs <= soonMs ? [{ code: "certificateExpiresSoon", text: `it expires on ${on}` }] : [];
}

function nameProblems(served: readonly string[], own: readonly string[]): CertificateProblem[] {
  const holds = (name: string) => own.includes(name) || own.includes(name.replace(/^[^.]*/, "*"));
  const missing = served.filter((name) => !holds(name));
  return missing.length === 0 ? [] : [{ code: "certificateNames", text: `it does not hold ${missing.join(", ")}` }];
}

/** DNS names of the subject alternative name, lower-case. */
function ownNames(leaf: X509Certificate): string[] {
  const entries = (leaf.subjectAltName ?? "").split(", ");
  return entries.flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4).toLowerCase()] : []));
}

function fits(leaf: X509Certificate, key: KeyObject): boolean {
  return parse(() => leaf.checkPrivateKey(key)) === true;
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
