// The authority's files: a root, this control's intermediate, its server certificate. Keys are made here and stay here
// (mode 0600); root.key may be moved away once the intermediate exists.
import { randomBytes, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { readFileIfAny, writeFileAtomic } from "../lib/files.ts";
import { fingerprintOfCertificate } from "../lib/fingerprint.ts";
import {
  createAuthority,
  createIntermediate,
  issueHost,
  issueServer,
  type KeyedCertificate,
  type ServerNames,
} from "../lib/x509.ts";
import { AppError } from "../wire/errors.ts";

export interface Authority {
  readonly rootPem: string;
  /** SHA-256 of the root's DER, hex: what tokens carry and hosts pin. */
  readonly fingerprint: string;
  /** A secret of this authority that the tokens of sticky cookies come from, so that edges and restarts agree on them. */
  readonly stickyKey: string;
  /** Another, which the keys of debug tokens come from. */
  readonly debugKey: string;
  /** The server's certificate for these names: the one on disk while it fits and lasts, else a new one. */
  readonly serverCertificate: (names: ServerNames) => Promise<KeyedCertificate>;
  /** Signs a host's request until then; throws `invalidRequest` for one that is not sound. The chain holds the intermediate. */
  readonly signHost: (
    csrPem: string,
    name: string,
    notAfterMs: number,
  ) => Promise<{ readonly certificatePem: string; readonly fingerprint: string }>;
}

const dayMs = 24 * 3_600_000;
/** A server certificate with less than this left is replaced. */
const renewBeforeMs = 30 * dayMs;

/** The authority in `folder`, made when there is none. */
export async function openAuthority(folder: string, clock: Pick<Clock, "now">): Promise<Authority> {
  const rootPem = readFileIfAny(join(folder, "root.pem")) ?? (await newRoot(folder, clock.now()));
  const intermediate = readPair(folder, "intermediate") ?? (await newIntermediate(folder, rootPem, clock.now()));
  return {
    rootPem,
    fingerprint: fingerprintOfCertificate(rootPem),
    stickyKey: readFileIfAny(join(folder, "sticky.key")) ?? newSecret(folder, "sticky.key"),
    debugKey: readFileIfAny(join(folder, "debug.key")) ?? newSecret(folder, "debug.key"),
    async serverCertificate(names) {
      const kept = readPair(folder, "server");
      if (kept && serves(kept, intermediate, names, clock.now())) return kept;
      return writePair(folder, "server", await issueServer(intermediate, names, clock.now()));
    },
    async signHost(csrPem, name, notAfterMs) {
      try {
        return await issueHost(intermediate, csrPem, { name, notAfterMs }, clock.now());
      } catch (cause) {
        throw new AppError("invalidRequest", `the certificate request is not sound: ${(cause as Error).message}`, {
          cause,
        });
      }
    },
  };
}

function newSecret(folder: string, name: string): string {
  const key = randomBytes(32).toString("base64");
  writeFileAtomic(join(folder, name), key, 0o600);
  return key;
}

async function newRoot(folder: string, nowMs: number): Promise<string> {
  return writePair(folder, "root", await createAuthority("Portway root", nowMs)).certificatePem;
}

async function newIntermediate(folder: string, rootPem: string, nowMs: number): Promise<KeyedCertificate> {
  const keyPem = readFileIfAny(join(folder, "root.key"));
  if (keyPem === undefined) {
    throw new AppError("notRunning", `${folder} holds neither an intermediate nor the root's key to make one`, {
      hint: "put root.key back until control has started once",
    });
  }
  const root = { certificatePem: rootPem, keyPem };
  return writePair(folder, "intermediate", await createIntermediate(root, "Portway control", nowMs));
}

function serves(kept: KeyedCertificate, issuer: KeyedCertificate, names: ServerNames, nowMs: number): boolean {
  const certificate = new X509Certificate(kept.certificatePem);
  const alternatives = certificate.subjectAltName?.split(", ").length ?? 0;
  return (
    certificate.checkIssued(new X509Certificate(issuer.certificatePem)) &&
    Date.parse(certificate.validTo) - nowMs > renewBeforeMs &&
    Date.parse(certificate.validFrom) <= nowMs &&
    alternatives === names.dnsNames.length + names.ipAddresses.length &&
    names.dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
    names.ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
  );
}

function readPair(folder: string, name: string): KeyedCertificate | undefined {
  const certificatePem = readFileIfAny(join(folder, `${name}.pem`));
  const keyPem = readFileIfAny(join(folder, `${name}.key`));
  return certificatePem !== undefined && keyPem !== undefined ? { certificatePem, keyPem } : undefined;
}

/** The key first: a certificate on disk always has its key beside it. */
function writePair(folder: string, name: string, pair: KeyedCertificate): KeyedCertificate {
  writeFileAtomic(join(folder, `${name}.key`), pair.keyPem, 0o600);
  writeFileAtomic(join(folder, `${name}.pem`), pair.certificatePem, 0o644);
  return pair;
}
