// The parts of nginx.conf that every public server shares: TLS, and errors of nginx's own.
import { type Line, lua, word } from "./nginx-text.ts";
import type { Tuning } from "./tuning.ts";

/** Forward secrecy and authenticated encryption for TLS 1.2 (RFC 9325); TLS 1.3 has nothing else. */
const ciphers = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/** Names are checked in the client hello, also when a session is resumed; certificates are chosen by SNI. */
export function tlsLines(
  place: { readonly fallbackCertificate: string; readonly fallbackKey: string },
  tuning: Tuning,
): Line[] {
  return [
    `ssl_certificate ${word(place.fallbackCertificate)}`,
    `ssl_certificate_key ${word(place.fallbackKey)}`,
    "ssl_protocols TLSv1.2 TLSv1.3",
    `ssl_ciphers ${ciphers.join(":")}`,
    "ssl_prefer_server_ciphers off",
    `ssl_session_cache ${tuning.ssl_session_cache}`,
    `ssl_session_timeout ${tuning.ssl_session_timeout}`,
    `ssl_session_tickets ${tuning.ssl_session_tickets}`,
    lua("ssl_client_hello", 'require("gateway.phases").clientHello()'),
    lua("ssl_certificate", 'require("gateway.phases").certificate()'),
  ];
}

/** Errors that nginx itself finds: what it cannot parse, limits, targets that fail. The gateway writes their body. */
const ownErrors = [400, 404, 405, 408, 413, 414, 416, 421, 494, 495, 496, 497, 500, 501, 502, 503, 504, 505];

export const errorPages: readonly Line[] = [
  `error_page ${ownErrors.join(" ")} /.portway/error`,
  ["location = /.portway/error", ["internal", lua("content", 'require("gateway.phases").errorPage()')]],
];

/** Where the gateway goes with a request (refuse.ts, phases.ts): after this answer the client's connection is closed. */
export const lastAnswer: Line = [
  "location @last_answer",
  ["keepalive_timeout 0", lua("content", 'require("gateway.phases").lastAnswer()')],
];
