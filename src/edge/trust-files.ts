// The authorities that targets' certificates must be signed by, as files that nginx reads: copies, named by what is in them,
// so that a change in one is another nginx.conf. Where none can be read nobody is trusted: those targets are refused.
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../lib/files.ts";
import type { NginxObject } from "../wire/edge.ts";
import type { ServiceObject } from "../wire/edge-service.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Authorities } from "./health/target-tls.ts";
import { unreadable } from "./local-facts.ts";

type Trusts = NonNullable<NginxObject["trusts"]>;

export interface TrustFiles {
  /** The object with copies for files, also for those that services in force still need. */
  readonly resolve: (nginx: NginxObject, inForce: Objects) => NginxObject;
  /** Of the last time. */
  readonly warnings: () => readonly Warning[];
  /** Whom services with this trust go by: the copy that was made last; undefined: anyone. */
  readonly of: (id: string) => Authorities | undefined;
  /** Removes copies that this nginx.conf does not name. */
  readonly sweep: (conf: string) => void;
}

/** Debian's bundle. */
const systemFile = "/etc/ssl/certs/ca-certificates.crt";

export function trustFiles(options: {
  readonly folder: string;
  /** A file's text; throws what the system says when it cannot be read. */
  readonly read: (path: string) => string;
  /** A certificate that signs nothing. */
  readonly nobody: string;
}): TrustFiles {
  const { folder, read, nobody } = options;
  let warnings: Warning[] = [];
  const copies = () => (existsSync(folder) ? readdirSync(folder) : []);

  function fileOf(id: string, source: string | undefined): string {
    const kept = copies().find((name) => name.startsWith(`${id}-`));
    const last = kept === undefined ? nobody : join(folder, kept);
    if (source === undefined) return last;
    const text = authoritiesIn(source, read);
    if (typeof text !== "string") {
      const then = kept === undefined ? "its targets are refused" : "those read last stay in force";
      const hint = "Give certificates in PEM; the file is read again when it changes.";
      const severity = kept === undefined ? "critical" : "warning";
      warnings.push({ code: "authoritiesUnusable", severity, subject: source, text: `${text.reason}; ${then}`, hint });
      return last;
    }
    const copy = join(folder, `${id}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.pem`);
    if (!existsSync(copy)) writeFileAtomic(copy, text, 0o640);
    return copy;
  }

  return {
    resolve(nginx, inForce) {
      warnings = [];
      const trusts = withThoseInForce(nginx.trusts ?? [], inForce).map(({ id, file }) => {
        return id === "anyone" ? { id } : { id, file: fileOf(id, id === "system" ? systemFile : file) };
      });
      return trusts.length === 0 ? nginx : { ...nginx, trusts };
    },
    warnings: () => warnings,
    of(id) {
      if (id === "anyone") return undefined;
      const path = fileOf(id, undefined);
      return { version: path, read: () => readFileSync(path, "utf8") };
    },
    sweep(conf) {
      for (const name of copies()) if (!conf.includes(basename(name))) rmSync(join(folder, name), { force: true });
    },
  };
}

/** Whether this nginx.conf has the places that services of these objects are asked from. */
export function hasTrusts(conf: string | undefined, objects: Objects): boolean {
  return trustsInForce(objects).every((id) => conf?.includes(`location @tls_${id} {`) === true);
}

/** The ids whose services nginx has in its memory. */
export function trustsInForce(objects: Objects): string[] {
  const texts = Object.keys(objects).flatMap((key) => (key.startsWith("service/") ? [objects[key]!] : []));
  return texts
    .filter((text) => text.includes('"tls"'))
    .flatMap((text) => (JSON.parse(text) as ServiceObject).tls?.trust ?? []);
}

function withThoseInForce(wanted: Trusts, inForce: Objects): Trusts {
  const known = new Set(wanted.map(({ id }) => id));
  const others = [...new Set(trustsInForce(inForce))].filter((id) => !known.has(id));
  return [...wanted, ...others.map((id) => ({ id }))].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function authoritiesIn(path: string, read: (path: string) => string): string | { readonly reason: string } {
  try {
    const text = read(path);
    const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    for (const pem of certificates) new X509Certificate(pem);
    return certificates.length > 0 ? `${certificates.join("\n")}\n` : { reason: "there is no PEM certificate in it" };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return { reason: /^E[A-Z]+$/.test(code) ? unreadable(error) : "a certificate in it is damaged" };
  }
}
