// The parts of nginx.conf that every public server shares: TLS, forwarding, and errors of nginx's own.
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

/**
 * What only a proxy may say, and this one does not: where the client is, how it came, and (`X-Original-URL`) another path
 * than the one that was judged. nginx drops their spellings with `_` and `.` by itself.
 */
const notFromClients = [
  ...["X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "Forwarded"],
  ...["X-Forwarded-By", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "Front-End-Https"],
  ...["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Uri"],
  ...["Proxy", "Proxy-Connection", "Trailer"],
];

/** What a server's own lines say of it; written out, since nginx evaluates a variable for 300 instructions a request. */
export interface Listener {
  readonly port: number;
  readonly isSecure: boolean;
}

/**
 * Forwarding to the target that the balancer names. Client-given forwarding headers are replaced, Upgrade passes for
 * WebSocket alone, a target cannot steer nginx by X-Accel headers, and `Trailer` goes, since HTTP/1.1 trailers do.
 */
export function proxyLines(tuning: Tuning, listener: Listener): Line[] {
  return [
    "proxy_pass http://portway",
    "proxy_http_version 1.1",
    "proxy_set_header Host $host",
    "proxy_set_header Upgrade $portway_upgrade",
    "proxy_set_header Connection $portway_connection",
    "proxy_set_header X-Request-Id $portway_request_id",
    "proxy_set_header X-Forwarded-For $remote_addr",
    `proxy_set_header X-Forwarded-Proto ${listener.isSecure ? "https" : "http"}`,
    "proxy_set_header X-Forwarded-Host $host",
    `proxy_set_header X-Forwarded-Port ${listener.port}`,
    ...notFromClients.map((name) => `proxy_set_header ${name} ""`),
    "proxy_hide_header Trailer",
    "proxy_hide_header X-Request-Id",
    "proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset",
    "proxy_redirect off",
    "proxy_socket_keepalive on",
    "proxy_request_buffering on",
    "proxy_buffering on",
    `proxy_buffer_size ${tuning.proxy_buffer_size}`,
    `proxy_buffers ${tuning.proxy_buffers}`,
    `proxy_max_temp_file_size ${tuning.proxy_max_temp_file_size}`,
    `proxy_connect_timeout ${tuning.proxy_connect_timeout}`,
    // What may be tried again; how often, and never what is not idempotent once it was sent, is the balancer's to say.
    "proxy_next_upstream error timeout invalid_header http_502",
  ];
}

/** Errors that nginx itself finds: what it cannot parse, limits, targets that fail. The gateway writes their body. */
const ownErrors = [400, 404, 405, 408, 413, 414, 416, 421, 494, 495, 496, 497, 500, 501, 502, 503, 504, 505];

export const errorPages: readonly Line[] = [
  `error_page ${ownErrors.join(" ")} /.portway/error`,
  ["location = /.portway/error", ["internal", lua("content", 'require("gateway.phases").errorPage()')]],
];
