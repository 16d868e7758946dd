// TLS to targets in nginx.conf. Whom a target's certificate must be signed by is a location's (src/edge/nginx-locations.ts), so
// another set of authorities is a reload. Names and certificates of the edge are variables, and change without one: the
// gateway gives each identity an upstream of its own (src/gateway/target-slots.ts), as kept connections are found by address alone.
import type { NginxObject } from "../wire/edge.ts";
import { type Line, word } from "./nginx-text.ts";

/** Identities whose connections a worker keeps at a time. */
export const targetSlots = 64;

const variables = ["portway_tls_upstream", "portway_tls_name", "portway_tls_certificate", "portway_tls_key"];
const modules = ["proxy", "grpc"] as const;
/** Of intermediate certificates. */
const mostIntermediates = 5;

export const hasTargetTls = ({ trusts }: NginxObject): boolean => trusts !== undefined && trusts.length > 0;

/** For `http`: the variables, and one upstream an identity; the last keeps no connection. */
export function targetTlsUpstreams(nginx: NginxObject, upstream: (name: string, keeps: boolean) => Line): Line[] {
  if (!hasTargetTls(nginx)) return [];
  return [
    ...variables.map((name): Line => [`map "" $${name}`, ['default ""']]),
    ...Array.from({ length: targetSlots }, (_, index) => upstream(`portway_tls_${index}`, true)),
    upstream("portway_tls_once", false),
  ];
}

/** For a server. A session that is taken up again would skip the proof of who the edge is: there are none. */
export function targetTlsLines(nginx: NginxObject): Line[] {
  if (!hasTargetTls(nginx)) return [];
  return modules.flatMap((module) => [
    `${module}_ssl_protocols TLSv1.2 TLSv1.3`,
    `${module}_ssl_server_name on`,
    `${module}_ssl_name $portway_tls_name`,
    `${module}_ssl_certificate $portway_tls_certificate`,
    `${module}_ssl_certificate_key $portway_tls_key`,
    `${module}_ssl_session_reuse off`,
    `${module}_ssl_verify_depth ${mostIntermediates}`,
  ]);
}

/** How a location verifies; `file` holds the authorities, undefined: anyone's certificate will do. */
export function verifyLines(module: (typeof modules)[number], file: string | undefined): Line[] {
  if (file === undefined) return [`${module}_ssl_verify off`];
  return [`${module}_ssl_verify on`, `${module}_ssl_trusted_certificate ${word(file)}`];
}
