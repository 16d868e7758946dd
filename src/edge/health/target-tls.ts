// How targets with `tls` are asked: as nginx asks them, by name, authorities and certificate. What a context is made of is
// read once: Debian's authorities are 200 KB.
import { createSecureContext, type SecureContext } from "node:tls";
import type { TargetTlsObject } from "../../wire/edge-service.ts";

export interface TlsToTarget {
  readonly servername: string;
  readonly rejectUnauthorized: boolean;
  readonly secureContext: SecureContext;
}

export interface Authorities {
  /** Another text for other authorities. */
  readonly version: string;
  readonly read: () => string;
}

/** More than this many at a time are made anew. */
const mostContexts = 64;

/** `authoritiesOf` gives whom nginx trusts by this id; undefined: anyone. */
export function targetTls(authoritiesOf: (trust: string) => Authorities | undefined) {
  const contexts = new Map<string, SecureContext>();
  return ({ name, trust, certificatePem, keyPem }: TargetTlsObject): TlsToTarget => {
    const authorities = authoritiesOf(trust);
    const key = JSON.stringify([trust, authorities?.version, certificatePem]);
    let secureContext = contexts.get(key);
    if (secureContext === undefined) {
      if (contexts.size >= mostContexts) contexts.clear();
      secureContext = createSecureContext({
        minVersion: "TLSv1.2",
        ...(authorities && { ca: authorities.read() }),
        ...(certificatePem !== undefined && { cert: certificatePem, key: keyPem }),
      });
      contexts.set(key, secureContext);
    }
    return { servername: name, rejectUnauthorized: authorities !== undefined, secureContext };
  };
}
