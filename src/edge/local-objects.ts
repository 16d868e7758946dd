// What control sends to what nginx gets: key sources become keys, the certificates of this host are added (also to services), the nginx object
// is left out. What cannot be read keeps its last value, so that a file torn in the middle of a change stops nothing.
import { createHash } from "node:crypto";
import type { KeysSource, NginxObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import { type CertificateProblem, checkCertificate } from "./certificates.ts";
import { type Jwk, jwksOf, readKeys } from "./keys.ts";
import { withIdentity } from "./target-identity.ts";

export interface LocalFacts {
  /** A file's text; throws what the system says when it cannot be read. */
  readonly read: (path: string) => string;
  readonly selfSigned: (name: string) => Promise<{ readonly certificatePem: string; readonly keyPem: string }>;
  readonly nowMs: number;
}

export interface GatewayObjects {
  readonly objects: Objects;
  readonly warnings: readonly Warning[];
}

/** Everything for nginx. `previous` are the objects in force. */
export async function gatewayObjects(control: Objects, previous: Objects, facts: LocalFacts): Promise<GatewayObjects> {
  const objects: Record<string, string> = {};
  const warnings: Warning[] = [];
  for (const [key, text] of Object.entries(control)) {
    if (key === "nginx" || key === "stream" || key.startsWith("certificate/")) continue;
    if (!key.startsWith("keys/")) {
      const made = withIdentity(text, previous[key], facts);
      objects[key] = made.text;
      warnings.push(...made.warnings);
      continue;
    }
    const source = JSON.parse(text) as KeysSource;
    const keys = keysText(source, previous[key], facts);
    objects[key] = keys.text;
    warnings.push(...keys.warnings);
  }
  const nginx = control["nginx"] === undefined ? undefined : (JSON.parse(control["nginx"]) as NginxObject);
  for (const certificate of nginx?.certificates ?? []) {
    const key = `certificate/${createHash("sha256").update(certificate.certificateFile).digest("hex").slice(0, 16)}`;
    const read = certificateText(certificate, previous[key], facts);
    if (read.text !== undefined) objects[key] = read.text;
    warnings.push(...read.warnings);
  }
  for (const name of nginx?.selfSignedNames ?? []) {
    objects[`certificate/self-signed/${name}`] = JSON.stringify({ names: [name], ...(await facts.selfSigned(name)) });
  }
  return { objects, warnings };
}

function keysText(source: KeysSource, previous: string | undefined, facts: LocalFacts) {
  const subject = source.kind === "file" ? source.path : "keys in portway.yaml";
  const jwks = source.kind === "inline" ? source.jwks : jwksFrom(source.path, facts);
  if (typeof jwks === "string") {
    const kept = previous === undefined ? "no token is accepted" : "the keys read last stay in force";
    const warning = warn("keysUnreadable", subject, `${jwks}; ${kept}`, "Put a JWK set there; it is read within 2 s.");
    return { text: previous ?? JSON.stringify({ keys: [] }), warnings: [warning] };
  }
  const { object, problems } = readKeys(jwks);
  const hint = "Tokens of this key are refused: replace it by a public signature key.";
  return {
    text: JSON.stringify(object),
    warnings: problems.map((problem) => warn("keyUnusable", subject, problem, hint)),
  };
}

function jwksFrom(path: string, facts: LocalFacts): readonly Jwk[] | string {
  const text = attempt(() => facts.read(path));
  return text.ok ? jwksOf(text.value) : text.reason;
}

function certificateText(
  certificate: NginxObject["certificates"][number],
  previous: string | undefined,
  facts: LocalFacts,
): { readonly text: string | undefined; readonly warnings: readonly Warning[] } {
  const { certificateFile, keyFile, names } = certificate;
  const pems = attempt(() => [facts.read(certificateFile), facts.read(keyFile)] as const);
  const checked = pems.ok ? checkCertificate(...pems.value, names, facts.nowMs) : pems;
  if (!checked.ok) {
    const kept = previous === undefined ? "its names are not served" : "the one read last stays in force";
    const hint = "Give the PEM chain, leaf first, and its key without a passphrase.";
    const warning = warn("certificateUnusable", certificateFile, `${checked.reason}; ${kept}`, hint, "critical");
    return { text: previous, warnings: [warning] };
  }
  return {
    text: JSON.stringify(checked.object),
    warnings: checked.problems.map((problem) => certificateWarning(certificateFile, problem)),
  };
}

function certificateWarning(file: string, { code, text }: CertificateProblem): Warning {
  const hint = code === "certificateNames" ? "Give a certificate for these names." : "Renew it in the same files.";
  return warn(code, file, text, hint, code === "certificateExpired" ? "critical" : "warning");
}

function warn(
  code: string,
  subject: string,
  text: string,
  hint: string,
  severity: Warning["severity"] = "warning",
): Warning {
  return { code, severity, subject, text, hint };
}

function attempt<T>(
  work: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return { ok: false, reason: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
  }
}
