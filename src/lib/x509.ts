// Certificates: a root, intermediates, servers, hosts (Ed25519, from a signing request), and self-signed ones for labs.
// Loading this costs 25 MB and 0.1 s, so a long-running program that rarely needs it imports it when it does.
import "./reflect-metadata.ts";
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import { fingerprintOfKey } from "./fingerprint.ts";

/** A certificate and the key it speaks for. The chain of a leaf goes on with its intermediate. */
export interface KeyedCertificate {
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly keyPem: string;
}

/** Whose names a server's certificate holds. */
export interface ServerNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** A host's identity: an Ed25519 key that never leaves it, the request for its certificate, and the name it is known by. */
export interface HostIdentity {
  readonly privateKeyPem: string;
  readonly csrPem: string;
  readonly fingerprint: string;
}

const hourMs = 3_600_000;
const yearMs = 365.25 * 24 * hourMs;
const backdateMs = 24 * hourMs;
const authorityYears = 10;
const serverYears = 1;
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

x509.cryptoProvider.set(webcrypto);

/** A root that signs intermediates only (ECDSA P-256, ten years, backdated for slow clocks). */
export async function createAuthority(name: string, nowMs = Date.now()): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(nowMs, nowMs + authorityYears * yearMs),
    name: commonName(name),
    keys,
    signingAlgorithm: ecdsa,
    extensions: [...authorityExtensions(1), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return { certificatePem: pemOf(certificate), keyPem: await privatePem(keys.privateKey) };
}

/** An intermediate of one control, which signs servers and hosts; the root's key may go offline afterwards. */
export async function createIntermediate(
  root: KeyedCertificate,
  name: string,
  nowMs = Date.now(),
): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificatePem = await sign(root, {
    subject: commonName(name),
    publicKey: keys.publicKey,
    fromMs: nowMs,
    toMs: nowMs + authorityYears * yearMs,
    extensions: authorityExtensions(0),
  });
  return { certificatePem, keyPem: await privatePem(keys.privateKey) };
}

/** A server's certificate with the intermediate behind it, one year. */
export async function issueServer(
  intermediate: KeyedCertificate,
  names: ServerNames,
  nowMs = Date.now(),
): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const leaf = await sign(intermediate, {
    subject: commonName(names.dnsNames[0] ?? names.ipAddresses[0] ?? "server"),
    publicKey: keys.publicKey,
    fromMs: nowMs,
    toMs: nowMs + serverYears * yearMs,
    extensions: [...leafExtensions(x509.ExtendedKeyUsage.serverAuth), alternativeNames(names)],
  });
  return { certificatePem: leaf + intermediate.certificatePem, keyPem: await privatePem(keys.privateKey) };
}

/**
 * A host's certificate with the intermediate behind it. The request proves that the host holds its key (its signature is
 * checked, the key must be Ed25519); what it says of itself is not read: the name is the caller's.
 */
export async function issueHost(
  intermediate: KeyedCertificate,
  csrPem: string,
  host: { readonly name: string; readonly notAfterMs?: number },
  nowMs = Date.now(),
): Promise<{ readonly certificatePem: string; readonly fingerprint: string }> {
  const publicKey = await keyOfRequest(csrPem);
  const uri = { type: "url" as const, value: `portway:host:${host.name}` };
  const leaf = await sign(intermediate, {
    subject: commonName(host.name),
    publicKey,
    fromMs: nowMs,
    toMs: host.notAfterMs ?? nowMs + authorityYears * yearMs,
    extensions: [...leafExtensions(x509.ExtendedKeyUsage.clientAuth), new x509.SubjectAlternativeNameExtension([uri])],
  });
  return { certificatePem: leaf + intermediate.certificatePem, fingerprint: fingerprintOfKey(leaf) };
}

/** A signing request made with a host's Ed25519 private key (PKCS#8 PEM). */
export async function makeCsr(privateKeyPem: string): Promise<string> {
  const der = createPrivateKey(privateKeyPem).export({ type: "pkcs8", format: "der" });
  const spki = createPublicKey(privateKeyPem).export({ type: "spki", format: "der" });
  const keys = {
    privateKey: await webcrypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", spki, "Ed25519", true, ["verify"]),
  };
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: commonName("portway host"),
    keys,
    signingAlgorithm: { name: "Ed25519" },
  });
  return `${request.toString("pem")}\n`;
}

/** A new identity for a host. */
export async function generateHostIdentity(): Promise<HostIdentity> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { privateKeyPem, csrPem: await makeCsr(privateKeyPem), fingerprint: fingerprintOfKey(privateKeyPem) };
}

/** A certificate for DNS names and addresses that nobody but itself vouches for, one year. */
export async function selfSigned(names: readonly string[], nowMs = Date.now()): Promise<KeyedCertificate> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(nowMs, nowMs + serverYears * yearMs),
    name: commonName(names[0] ?? "localhost"),
    keys,
    signingAlgorithm: ecdsa,
    extensions: [...leafExtensions(x509.ExtendedKeyUsage.serverAuth), alternativeNames(serverNames(names))],
  });
  return { certificatePem: pemOf(certificate), keyPem: await privatePem(keys.privateKey) };
}

/** Sorts names into DNS names and IP addresses. */
export function serverNames(names: readonly string[]): ServerNames {
  return { dnsNames: names.filter((name) => !isIP(name)), ipAddresses: names.filter((name) => isIP(name)) };
}

interface Signing {
  readonly subject: x509.JsonName;
  readonly publicKey: x509.PublicKeyType;
  readonly fromMs: number;
  readonly toMs: number;
  readonly extensions: readonly x509.Extension[];
}

async function sign(issuer: KeyedCertificate, { subject, publicKey, fromMs, toMs, extensions }: Signing) {
  const parent = new x509.X509Certificate(issuer.certificatePem);
  const der = createPrivateKey(issuer.keyPem).export({ type: "pkcs8", format: "der" });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(fromMs, Math.min(toMs, parent.notAfter.getTime())),
    subject,
    issuer: parent.subjectName,
    publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", der, ecdsa, false, ["sign"]),
    signingAlgorithm: ecdsa,
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(parent),
    ],
  });
  return pemOf(certificate);
}

async function keyOfRequest(csrPem: string): Promise<x509.PublicKey> {
  const request = new x509.Pkcs10CertificateRequest(csrPem);
  if (request.publicKey.algorithm.name !== "Ed25519") throw new Error("the request's key is not an Ed25519 key");
  if (!(await request.verify())) throw new Error("the request is not signed by the key it names");
  return request.publicKey;
}

const newKeys = () => webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, type: "pkcs8", format: "der" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

const pemOf = (certificate: x509.X509Certificate) => `${certificate.toString("pem")}\n`;

/** As data rather than text, so that no name is read as more than a name; X.520 allows 64 characters. */
const commonName = (name: string): x509.JsonName => [{ CN: [name.slice(0, 64)] }];

const validity = (fromMs: number, toMs: number) => ({
  serialNumber: `4${randomBytes(16).toString("hex").slice(1)}`, // positive, and never with a zero in front
  notBefore: new Date(fromMs - backdateMs),
  notAfter: new Date(toMs),
});

const authorityExtensions = (pathLength: number) => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
];

const leafExtensions = (usage: x509.ExtendedKeyUsage) => [
  new x509.BasicConstraintsExtension(false, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  new x509.ExtendedKeyUsageExtension([usage]),
];

const alternativeNames = ({ dnsNames, ipAddresses }: ServerNames) =>
  new x509.SubjectAlternativeNameExtension([
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ]);
