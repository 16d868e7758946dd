// What a host is known by towards control, as join leaves it on disk; the agent renews the certificate,
// and edge and agent read it.
import { chmodSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { readFileIfAny, readJsonIfAny, writeFileAtomic } from "./files.ts";
import type { Door } from "./http.ts";

export interface Identity {
  readonly name: string;
  readonly network: string;
  /** Tried in order. */
  readonly controlUrls: readonly string[];
  /** PEM of the root that control's certificates are checked against. */
  readonly caPem: string;
  /** PEM: the host's certificate and the intermediate. */
  readonly certificatePem: string;
  /** PKCS#8 PEM of the Ed25519 identity key; never leaves this host. */
  readonly keyPem: string;
}

/** Writes an identity; the key is written first, so that a torn join never names a certificate without its key. */
export function writeIdentity(folder: string, identity: Identity): void {
  const { keyPem, certificatePem, caPem, ...rest } = identity;
  writeFileAtomic(join(folder, "key.pem"), keyPem, 0o600);
  writeFileAtomic(join(folder, "certificate.pem"), certificatePem, 0o644);
  writeFileAtomic(join(folder, "ca.pem"), caPem, 0o644);
  writeFileAtomic(join(folder, "identity.json"), `${JSON.stringify(rest, null, 2)}\n`, 0o644);
}

/** The name that control calls this host by now. */
export function replaceName(folder: string, { name, network, controlUrls }: Identity): void {
  const path = join(folder, "identity.json");
  writeFileAtomic(`${path}.new`, `${JSON.stringify({ name, network, controlUrls }, null, 2)}\n`, 0o644);
  chmodSync(`${path}.new`, statSync(path).mode & 0o777);
  renameSync(`${path}.new`, path);
}

/** Puts another certificate for the same key in place, as readable as the one before: the edge is another user. */
export function replaceCertificate(folder: string, certificatePem: string): void {
  const path = join(folder, "certificate.pem");
  writeFileAtomic(`${path}.new`, certificatePem, 0o644);
  chmodSync(`${path}.new`, statSync(path).mode & 0o777);
  renameSync(`${path}.new`, path);
}

/** The identity, or undefined on a host that has not joined (or whose join did not end). */
export function readIdentity(folder: string): Identity | undefined {
  const keyPem = readFileIfAny(join(folder, "key.pem"));
  const certificatePem = readFileIfAny(join(folder, "certificate.pem"));
  const caPem = readFileIfAny(join(folder, "ca.pem"));
  const rest = readJsonIfAny(join(folder, "identity.json")) as
    | Pick<Identity, "name" | "network" | "controlUrls">
    | undefined;
  if (keyPem === undefined || certificatePem === undefined || caPem === undefined || rest === undefined)
    return undefined;
  return { ...rest, keyPem, certificatePem, caPem };
}

/** Control's doors, in order, each opened with the host's certificate. */
export function controlDoors(identity: Identity): Door[] {
  const { caPem: ca, certificatePem: cert, keyPem: key } = identity;
  return identity.controlUrls.map((url) => ({ url, ca, cert, key }));
}
