// The edge's own certificates for targets: a service's files of this host become part of its object. A service whose
// certificate cannot be read has no targets: it is not asked without.
import type { ServiceObject } from "../wire/edge-service.ts";
import type { Warning } from "../wire/warnings.ts";
import { ageProblems, checkPair } from "./certificates.ts";
import { unreadable } from "./local-facts.ts";

export interface ServiceText {
  readonly text: string;
  readonly warnings: readonly Warning[];
}

/** `previous` is the service's text in force. */
export function withIdentity(
  text: string,
  previous: string | undefined,
  { read, nowMs }: { readonly read: (path: string) => string; readonly nowMs: number },
): ServiceText {
  if (!text.includes('"certificateFile"')) return { text, warnings: [] };
  const service = JSON.parse(text) as ServiceObject;
  const { certificateFile, keyFile } = service.tls ?? {};
  if (certificateFile === undefined || keyFile === undefined) return { text, warnings: [] };
  const pair = readPair(certificateFile, keyFile, read);
  if (typeof pair !== "string") {
    const { certificatePem, keyPem, leaf } = pair;
    return {
      text: JSON.stringify({ ...service, tls: { ...service.tls, certificatePem, keyPem } }),
      warnings: ageProblems(leaf, nowMs).map(({ code, text }): Warning => {
        const severity = code === "certificateExpired" ? "critical" : "warning";
        return { code, severity, subject: certificateFile, text, hint: "Renew it in the same files." };
      }),
    };
  }
  const last = previous === undefined ? undefined : (JSON.parse(previous) as ServiceObject).tls;
  const isKept = last?.certificatePem !== undefined && last.certificateFile === certificateFile;
  const kept: ServiceObject = isKept ? { ...service, tls: { ...last, ...service.tls } } : { ...service, targets: [] };
  const then = isKept ? "the one read last stays in force" : `the service ${service.name} is not asked`;
  const hint = "Give the PEM chain, leaf first, and its key without a passphrase.";
  const warning: Warning = {
    ...{ code: "certificateUnusable", severity: "critical", hint },
    ...{ subject: certificateFile, text: `${pair}; ${then}` },
  };
  return { text: JSON.stringify(kept), warnings: [warning] };
}

function readPair(certificateFile: string, keyFile: string, read: (path: string) => string) {
  let certificatePem: string;
  let keyPem: string;
  try {
    [certificatePem, keyPem] = [read(certificateFile), read(keyFile)];
  } catch (error) {
    return unreadable(error);
  }
  const leaf = checkPair(certificatePem, keyPem);
  return typeof leaf === "string" ? leaf : { certificatePem, keyPem, leaf };
}
