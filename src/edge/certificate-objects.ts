// The certificates of this host as nginx gets them. One that cannot be used takes no name away: what serves a name now goes on
// doing so until the name's new certificate can be used.
import { createHash } from "node:crypto";
import type { CertificateObject, NginxObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import { type CertificateProblem, checkCertificate } from "./certificates.ts";
import { attempt, type LocalFacts, localWarning } from "./local-facts.ts";

type FromFiles = NginxObject["certificates"][number];

interface Unusable {
  readonly certificate: FromFiles;
  readonly reason: string;
}

/** Objects by key, and what is wrong with files. `previous` are the objects in force. */
export async function certificateObjects(
  { certificates, selfSignedNames }: NginxObject,
  previous: Objects,
  facts: LocalFacts,
): Promise<{ readonly objects: Objects; readonly warnings: readonly Warning[] }> {
  const objects: Record<string, string> = {};
  const unusable: Unusable[] = [];
  const warnings: Warning[] = [];
  for (const certificate of certificates) {
    const { certificateFile, keyFile, names } = certificate;
    const key = `certificate/${shortHash(certificateFile)}`;
    const pems = attempt(() => [facts.read(certificateFile), facts.read(keyFile)] as const);
    const checked = pems.ok ? checkCertificate(...pems.value, names, facts.nowMs) : pems;
    if (checked.ok) {
      objects[key] = JSON.stringify(checked.object);
      warnings.push(...checked.problems.map((problem) => certificateWarning(certificateFile, problem)));
    } else {
      if (previous[key] !== undefined) objects[key] = previous[key];
      unusable.push({ certificate, reason: checked.reason });
    }
  }
  for (const name of selfSignedNames) {
    objects[`certificate/self-signed/${name}`] = JSON.stringify({ names: [name], ...(await facts.selfSigned(name)) });
  }
  Object.assign(objects, keptObjects(unusable, objects, previous));
  const served = namesOf(objects);
  warnings.push(...unusable.map((one) => unusableWarning(one, served)));
  return { objects, warnings };
}

/** What served names of unusable certificates until now and nothing else does, for those names alone. */
function keptObjects(unusable: readonly Unusable[], objects: Objects, previous: Objects): Objects {
  const served = namesOf(objects);
  const wanted = new Set(unusable.flatMap(({ certificate }) => namesIn(certificate)));
  const before = certificatesIn(previous);
  const under = before.flatMap(({ names }) => names.filter((name) => isCovered(name, wanted)));
  const kept: Record<string, CertificateObject> = {};
  for (const name of new Set([...wanted, ...under].sort())) {
    const server = isCovered(name, served) ? undefined : serverOf(name, before);
    if (server === undefined) continue;
    const key = `certificate/kept/${shortHash(server.certificatePem)}`;
    kept[key] = { ...server, names: [...(kept[key]?.names ?? []), name] };
  }
  return Object.fromEntries(Object.entries(kept).map(([key, object]) => [key, JSON.stringify(object)]));
}

/** The one that nginx presents for a name: an exact name goes before a wildcard, then the first key wins. */
const serverOf = (name: string, certificates: readonly CertificateObject[]): CertificateObject | undefined =>
  certificates.find(({ names }) => names.includes(name)) ??
  certificates.find(({ names }) => names.includes(wildcardOf(name)));

function certificatesIn(objects: Objects): CertificateObject[] {
  const keys = Object.keys(objects).filter((key) => key.startsWith("certificate/"));
  return keys.sort().map((key) => JSON.parse(objects[key]!) as CertificateObject);
}

const namesIn = ({ names }: FromFiles) => names.map((name) => name.toLowerCase());

const namesOf = (objects: Objects): ReadonlySet<string> =>
  new Set(certificatesIn(objects).flatMap(({ names }) => names));

/** By its own name, or by a wildcard for its first label. */
const isCovered = (name: string, names: ReadonlySet<string>) => names.has(name) || names.has(wildcardOf(name));

const wildcardOf = (name: string) => name.replace(/^[^.]*/, "*");

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

function unusableWarning({ certificate, reason }: Unusable, served: ReadonlySet<string>): Warning {
  const unserved = namesIn(certificate).filter((name) => !isCovered(name, served));
  const until =
    unserved.length > 0
      ? `not served until then: ${unserved.join(", ")}`
      : "until then its names keep the certificate that they have";
  const hint = "Give the PEM chain, leaf first, and its key without a passphrase.";
  return localWarning("certificateUnusable", certificate.certificateFile, `${reason}; ${until}`, hint, "critical");
}

function certificateWarning(file: string, { code, text }: CertificateProblem): Warning {
  const hint = code === "certificateNames" ? "Give a certificate for these names." : "Renew it in the same files.";
  return localWarning(code, file, text, hint, code === "certificateExpired" ? "critical" : "warning");
}
