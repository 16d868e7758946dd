// Names that routes serve over HTTPS and no certificate has.
import { type Finding, warningAt } from "../issue.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";

export function checkTls({ routes, tls, edge }: Spec, written: Written): Finding[] {
  if (!edge.https || tls.selfSigned || written.tls.acme) return [];
  const names = new Set(tls.certificates.flatMap((certificate) => certificate.names));
  const reported = new Set<string>();
  return routes.flatMap((route, index) =>
    route.hosts.flatMap((host, entry): Finding[] => {
      if (host === "*" || isCovered(host, names) || reported.has(host)) return [];
      reported.add(host);
      const message = `no certificate is for ${host}: HTTPS requests to it are refused`;
      const hint = "add one to tls.certificates, or set tls: { selfSigned: true } in a lab";
      return [warningAt(["routes", index, "hosts", entry], "noCertificate", message, hint)];
    }),
  );
}

/** By its own name, or by a wildcard for its first label (RFC 9525 section 6.3). */
function isCovered(host: string, names: ReadonlySet<string>): boolean {
  return names.has(host) || names.has(`*${host.slice(host.indexOf("."))}`);
}
