// How requests are forwarded: a location for what most routes want, which also decides on every request, and a named one
// for each other way, since nginx chooses between them by location alone. The gateway sends a request there by name
// (src/gateway/locations.ts). What all ways share stands in the server, and the locations inherit it.
import type { NginxObject } from "../wire/edge.ts";
import { compressed } from "./nginx-compression.ts";
import { forwardedHeaders } from "./nginx-forwarded.ts";
import { verifyLines } from "./nginx-target-tls.ts";
import { type Line, lua } from "./nginx-text.ts";
import type { Tuning } from "./tuning.ts";

/** What a server's own lines say of it; written out, since nginx evaluates a variable for 300 instructions a request. */
export interface Listener {
  readonly port: number;
  readonly isSecure: boolean;
  readonly speaksForwarded: boolean;
}

/**
 * What this proxy says of the request, in place of what the client says. `host` is `$host`, or the variable that a route may
 * have given another value.
 */
const said = ({ port, isSecure, speaksForwarded }: Listener, host: string) => [
  ["Host", host],
  ["X-Request-Id", "$portway_request_id"],
  ["X-Forwarded-For", "$remote_addr"],
  ["X-Forwarded-Proto", isSecure ? "https" : "http"],
  ["X-Forwarded-Host", "$host"],
  ["X-Forwarded-Port", String(port)],
  ...(speaksForwarded ? forwardedHeaders(isSecure ? "https" : "http") : [["Forwarded", '""']]),
];

/**
 * What only a proxy may say, and this one does not: where the client is, how it came, who it is, and (`X-Original-URL`) another
 * path than the one that was judged. nginx drops their spellings with `_` and `.` by itself.
 */
const notFromClients = [
  ...["X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP"],
  ...["X-Forwarded-By", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "Front-End-Https"],
  ...["X-Forwarded-Protocol", "X-Forwarded-Method", "X-Forwarded-Path", "X-Forwarded-Client-Cert"],
  ...["X-Forwarded-User", "X-Forwarded-Preferred-Username", "X-Forwarded-Email", "X-Forwarded-Groups"],
  ...["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Access-Token"],
  ...["Proxy", "Proxy-Connection", "Trailer"],
  // Said to this gateway alone (src/gateway/why/debug.ts).
  "Portway-Debug",
];

/** Upgrade passes for WebSocket alone. */
const upgrade = [
  ["Upgrade", "$portway_upgrade"],
  ["Connection", "$portway_connection"],
] as const;

/** A target cannot steer nginx by these. */
const steering = "X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset";
/** What may be tried again; how often, and never what is not idempotent once it was sent, is the balancer's to say. */
const tryAgain = "error timeout invalid_header http_502";

const forwarded = (listener: Listener, host: string) => [
  ...said(listener, host),
  ...notFromClients.map((name) => [name, '""']),
];

function proxyHeaders(listener: Listener, host: string): string[] {
  return [...forwarded(listener, host), ...upgrade].map(([name, value]) => `proxy_set_header ${name} ${value}`);
}

/** What all locations of a server share, the first one's headers excepted. `Trailer` goes, since HTTP/1.1 trailers do. */
export function forwardingLines(tuning: Tuning, listener: Listener): Line[] {
  return [
    "proxy_http_version 1.1",
    ...proxyHeaders(listener, "$portway_host"),
    "proxy_hide_header Trailer",
    "proxy_hide_header X-Request-Id",
    "proxy_hide_header Portway-Why",
    `proxy_ignore_headers ${steering}`,
    "proxy_redirect off",
    "proxy_socket_keepalive on",
    `proxy_buffer_size ${tuning.proxy_buffer_size}`,
    `proxy_buffers ${tuning.proxy_buffers}`,
    `proxy_max_temp_file_size ${tuning.proxy_max_temp_file_size}`,
    `proxy_connect_timeout ${tuning.proxy_connect_timeout}`,
    `proxy_next_upstream ${tryAgain}`,
    ...forwarded(listener, "$portway_host").map(([name, value]) => `grpc_set_header ${name} ${value}`),
    "grpc_hide_header X-Request-Id",
    "grpc_hide_header Portway-Why",
    `grpc_ignore_headers ${steering}`,
    "grpc_socket_keepalive on",
    `grpc_buffer_size ${tuning.proxy_buffer_size}`,
    `grpc_connect_timeout ${tuning.proxy_connect_timeout}`,
    `grpc_next_upstream ${tryAgain}`,
  ];
}

/** A stream of either side may be silent for long, and has no length. */
const grpcLines: readonly string[] = ["client_max_body_size 0", "client_body_timeout 1h", "send_timeout 1h"];

const onOrOff = (isOn: boolean) => (isOn ? "on" : "off");

/** Forwarding over HTTP/1.1. */
function proxyLines(
  buffering: { readonly request: boolean; readonly response: boolean },
  to: readonly Line[] = plain.http,
): Line[] {
  return [
    ...to,
    `proxy_request_buffering ${onOrOff(buffering.request)}`,
    `proxy_buffering ${onOrOff(buffering.response)}`,
  ];
}

/** The way of most routes: none of them changes the host, whose variable costs more than nginx's own. */
export function firstWay(listener: Listener): Line[] {
  return [...proxyHeaders(listener, "$host"), ...proxyLines(bufferings[""])];
}

/** Bodies of answers are changed once they are whole: before nginx compresses them. */
const editing = lua("body_filter", 'return require("gateway.phases").bodyFilter()');

/** How bodies pass, by name; the first is the way of most routes. */
const bufferings = {
  "": { request: true, response: true },
  stream_request: { request: false, response: true },
  stream_response: { request: true, response: false },
  stream: { request: false, response: false },
};

/** A place that requests are sent to, under names that begin with `prefix`: without TLS, or verifying in one way. */
interface Destination {
  readonly prefix: string;
  /** What follows in the name of the way of most routes. */
  readonly first: string;
  readonly http: readonly Line[];
  readonly grpc: readonly Line[];
}

const plain: Destination = {
  prefix: "",
  first: "forward",
  http: ["proxy_pass http://portway"],
  grpc: ["grpc_pass grpc://portway_grpc"],
};

/** The ways that have a name: with another host, bodies not buffered, answers changed or compressed, gRPC; all again for each trust of TLS. */
export function namedLocations({ trusts = [] }: NginxObject, withBrotli: boolean): Line[] {
  const byTls = trusts.map(
    ({ id, file }): Destination => ({
      prefix: `tls_${id}`,
      first: "",
      http: ["proxy_pass https://$portway_tls_upstream", ...verifyLines("proxy", file)],
      grpc: ["grpc_pass grpcs://$portway_tls_upstream", ...verifyLines("grpc", file)],
    }),
  );
  return [plain, ...byTls].flatMap((destination) => locationsTo(destination, withBrotli));
}

function locationsTo({ prefix, first, http, grpc }: Destination, withBrotli: boolean): Line[] {
  const location = (parts: readonly string[], lines: readonly Line[]): Line => [
    `location @${parts.filter((part) => part !== "").join("_")}`,
    lines,
  ];
  const ways = Object.entries(bufferings).flatMap(([way, buffering]): Line[] => {
    const lines = proxyLines(buffering, http);
    const both = [
      location([prefix, way || first], lines),
      location([prefix, way, "compress"], [...lines, ...compressed(withBrotli)]),
    ];
    if (!buffering.response) return both; // a stream is not held back
    const edited = [...lines, editing];
    return [
      ...both,
      location([prefix, way, "edit"], edited),
      location([prefix, way, "edit", "compress"], [...edited, ...compressed(withBrotli)]),
    ];
  });
  return [...ways, location([prefix, "grpc"], [...grpc, ...grpcLines])];
}
