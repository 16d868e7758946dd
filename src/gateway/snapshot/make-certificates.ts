// Certificates, and which of them a name is served with.
import type { Certificate, Certificates, World } from "../world.ts";
import type { ChangedKeys, Entries } from "./entries.ts";
import { objectOf } from "./entries.ts";
import type { Layer } from "./layer.ts";
import { partIn } from "./layer.ts";
import type { BuildTools } from "./tools.ts";

/** Throws a sentence for a pair that cannot be used. */
export function changedCertificates(
  before: World,
  entries: Entries,
  changed: ChangedKeys,
  tools: BuildTools,
): Layer<Certificate> {
  const made: Record<string, Certificate> = {};
  for (const objectKey of changed.certificate) {
    const { names, certificatePem, keyPem } = objectOf("certificate", entries, objectKey);
    try {
      const { chain, key } = tools.parseCertificate(certificatePem, keyPem);
      made[objectKey] = { names, chain, key };
    } catch (reason) {
      throw `${objectKey}: ${reason}`;
    }
  }
  return { base: before.certificatesByKey, made, gone: entries.gone };
}

/** A name that two certificates have is served by the first, in order of keys; `before` when none has changed. */
export function certificatesByName(layer: Layer<Certificate>, before: Certificates): Certificates {
  const keys: string[] = [];
  let isSame = true;
  for (const key in layer.base) {
    if (partIn(layer, key) !== layer.base[key]) isSame = false;
    if (layer.made[key] === undefined && !layer.gone[key]) keys.push(key);
  }
  for (const key in layer.made) {
    isSame = false;
    keys.push(key);
  }
  if (isSame) return before;
  keys.sort();
  const byName: Certificates = { exact: {}, wildcard: {} };
  for (const key of keys) {
    const certificate = partIn(layer, key)!;
    for (const name of certificate.names) {
      if (name.startsWith("*.")) byName.wildcard[name.substring(2)] ??= certificate;
      else byName.exact[name] ??= certificate;
    }
  }
  return byName;
}
