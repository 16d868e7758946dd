// nginx.conf as text: listeners, machine settings and the places where the gateway's Lua is called. Everything that changes
// often is in the snapshot instead. No rewrite, if, regular expression or unnamed capture (CVE-2026-42945 and its kin).
import type { NginxObject } from "../wire/edge.ts";
import { type HttpsWay, wayLines } from "./https-hop.ts";
import { accessLogLines } from "./nginx-access-log.ts";
import { brotliModule, compressionLines, hasBrotli } from "./nginx-compression.ts";
import { forwardedMaps, senderLines, sendersHeader } from "./nginx-forwarded.ts";
import { handedLines } from "./nginx-handed.ts";
import { errorPages, lastAnswer, tlsLines } from "./nginx-http.ts";
import { firstWay, forwardingLines, type Listener, namedLocations } from "./nginx-locations.ts";
import { hasTargetTls, targetSlots, targetTlsLines, targetTlsUpstreams } from "./nginx-target-tls.ts";
import { type Line, lua, luaLiteral, render, temporaryLines, word } from "./nginx-text.ts";
import { type Machine, type Tuning, tune } from "./tuning.ts";

/** Where nginx finds and keeps things on this host. */
export interface Place {
  /** Name of this edge, for the gateway. */
  readonly node: string;
  /** Names the gateway's code, so that another one is another nginx.conf and is loaded. */
  readonly build: string;
  /** Folder of nginx's dynamic modules. */
  readonly modules: string;
  /** The module that compresses with brotli is in it. */
  readonly hasBrotli?: boolean;
  /** Folder that holds gateway/*.lua. */
  readonly luaRoot: string;
  /** Account of the workers when the master is root; left out otherwise. */
  readonly user?: string;
  /** Addresses of the public listeners: `0.0.0.0` and `[::]`, or one of loopback. */
  readonly addresses: readonly string[];
  readonly pidFile: string;
  readonly errorLog: string;
  readonly accessLog: string;
  /** Folder of bodies too large for memory. */
  readonly temporary: string;
  /** Unix socket of the edge process: snapshots in, state and counters out. */
  readonly socket: string;
  /** What init reads: the last snapshot in force. */
  readonly stateFile: string;
  /** A certificate that nginx needs to start; the gateway replaces it on every connection or refuses. */
  readonly fallbackCertificate: string;
  readonly fallbackKey: string;
}

/** Then a body must come at a pace (src/gateway/slow-bodies.ts). */
const bodyGraceMs = 30_000;

/** Of each worker, for what nginx tells of floods (src/gateway/clients/floods.ts): read 20 times a second. */
const infoRing = "512k";

/** The whole file; the same arguments give the same bytes. Files of `trusts` are those that nginx reads. */
export function nginxConf(nginx: NginxObject, machine: Machine, place: Place, way: HttpsWay = "own"): string {
  const tuning = tune(machine, nginx.tuning);
  const withBrotli = hasBrotli(nginx, place);
  const servers = [...publicServers(nginx, place, tuning, way), controlServer(place)];
  return render([
    `# Written by portway edge from portway.yaml; a change made here is lost. Gateway ${word(place.build)}.`,
    ...wayLines(way),
    `load_module ${word(`${place.modules}/ndk_http_module.so`)}`,
    `load_module ${word(`${place.modules}/ngx_http_lua_module.so`)}`,
    ...(withBrotli ? [`load_module ${word(`${place.modules}/${brotliModule}`)}`] : []),
    ...(place.user === undefined ? [] : [`user ${word(place.user)}`]),
    `pid ${word(place.pidFile)}`,
    `error_log ${word(place.errorLog)} warn`,
    `error_log memory:${infoRing} info`,
    "pcre_jit on",
    ...directives(tuning, ["worker_processes", "worker_rlimit_nofile", "worker_shutdown_timeout", "thread_pool"]),
    ["events", directives(tuning, ["worker_connections", "use", "multi_accept"])],
    ["http", [...httpLines(nginx, place, tuning), ...compressionLines(tuning, withBrotli), ...servers]],
  ]);
}

function directives(tuning: Tuning, names: readonly (keyof Tuning)[]): string[] {
  return names.filter((name) => tuning[name] !== "").map((name) => `${name} ${tuning[name]}`);
}

function httpLines(nginx: NginxObject, place: Place, tuning: Tuning): Line[] {
  const dictionaries = [
    "pw_objects",
    "pw_state",
    "pw_limits",
    "pw_handshakes",
    "pw_bans",
    "pw_health",
    "pw_counters",
    "pw_why",
  ] as const;
  return [
    `lua_package_path ${word(`${place.luaRoot}/?.lua;;`)}`,
    ...dictionaries.map((name) => `lua_shared_dict ${name} ${tuning[name]}`),
    lua(
      "init",
      `require("gateway.phases").init(${luaLiteral({
        stateFile: place.stateFile,
        connections: usableConnections(tuning),
        hasBrotli: hasBrotli(nginx, place),
        targetSlots: hasTargetTls(nginx) ? targetSlots : 0,
        bodyGraceMs,
        ...(nginx.trustedProxies.length > 0 && { trustedProxies: nginx.trustedProxies }),
      })})`,
    ),
    lua("init_worker", 'require("gateway.phases").initWorker()'),
    ...accessLogLines(nginx, place, tuning),
    "default_type application/octet-stream",
    "server_tokens off",
    "underscores_in_headers off",
    "merge_slashes off",
    `client_max_body_size ${nginx.maxBodyBytes}`,
    // Two halves, so that one header may take half of what all may.
    `large_client_header_buffers 2 ${Math.ceil(nginx.maxHeaderBytes / 2)}`,
    ...directives(tuning, ["sendfile", "tcp_nopush", "tcp_nodelay", "aio", "aio_write"]),
    ...directives(tuning, ["keepalive_timeout", "keepalive_requests", "http2_max_concurrent_streams"]),
    ...directives(tuning, [
      "client_header_timeout",
      "client_body_timeout",
      "send_timeout",
      "reset_timedout_connection",
    ]),
    ...directives(tuning, ["client_header_buffer_size", "client_body_buffer_size"]),
    ...temporaryLines(place.temporary),
    ...clientAddressLines(nginx),
    // Variables that the gateway sets; reading a map costs nothing once it has a value.
    ...["request_id", "own_method", "own_path"].map((name): Line => [`map "" $portway_${name}`, ['default ""']]),
    ['map "" $portway_host', ["default $host"]],
    ["map $http_upgrade $portway_upgrade", ['default ""', "websocket websocket"]],
    // By the other map's value, which nginx keeps: the header is looked for once.
    ["map $portway_upgrade $portway_connection", ['default ""', "websocket upgrade"]],
    upstream("portway", tuning),
    // Kept connections are found by address alone: those of HTTP/2 must not meet those of HTTP/1.1.
    upstream("portway_grpc", tuning),
    ...targetTlsUpstreams(nginx, (name, keeps) => upstream(name, tuning, keeps ? tuning.tls_upstream_keepalive : "")),
  ];
}

/** Targets that the balancer names, and so many kept connections to them; empty: none. */
function upstream(name: string, tuning: Tuning, keepalive = tuning.upstream_keepalive): Line {
  const keeping = [
    `keepalive ${keepalive}`,
    `keepalive_timeout ${tuning.upstream_keepalive_timeout}`,
    `keepalive_requests ${tuning.upstream_keepalive_requests}`,
  ];
  const unused = "server 0.0.0.1";
  return [
    `upstream ${name}`,
    [unused, lua("balancer", 'require("gateway.phases").balancer()'), ...(keepalive === "" ? [] : keeping)],
  ];
}

/** The client's address is the connection's, unless a trusted proxy says another. */
function clientAddressLines({ trustedProxies, proxyProtocol, forwarded = false }: NginxObject): readonly Line[] {
  const brackets = forwarded ? forwardedMaps : [];
  if (trustedProxies.length === 0) return brackets;
  const trusted = trustedProxies.map((prefix) => `set_real_ip_from ${word(prefix)}`);
  const header = forwarded ? sendersHeader : "X-Forwarded-For";
  return [
    ...brackets,
    ...trusted,
    ...(proxyProtocol ? ["real_ip_header proxy_protocol"] : [`real_ip_header ${header}`, "real_ip_recursive on"]),
  ];
}

/** Those of a worker that no idle connection to a target takes. */
function usableConnections(tuning: Tuning): number {
  const all = Number(tuning.worker_connections);
  return Math.max(all - Number(tuning.upstream_keepalive), Math.floor(all / 2));
}

function publicServers(nginx: NginxObject, place: Place, tuning: Tuning, way: HttpsWay): Line[] {
  const listen = (port: number, options: string, reuseport = tuning.reuseport) =>
    place.addresses.map((address) => {
      const only = address.startsWith("[") ? " ipv6only=on" : "";
      const proxied = nginx.proxyProtocol ? " proxy_protocol" : "";
      const reuse = reuseport === "" ? "" : ` ${reuseport}`;
      return `listen ${word(`${address}:${port}`)}${options}${proxied} default_server backlog=${tuning.backlog}${reuse}${only}`;
    });
  const withBrotli = hasBrotli(nginx, place);
  const servers: Line[] = [];
  const speaksForwarded = nginx.forwarded === true;
  if (nginx.https) {
    servers.push([
      "server",
      [
        ...(way === "handed" ? [] : listen(nginx.https.port, " ssl http2", way === "both" ? "reuseport" : undefined)),
        ...(way === "own" ? [] : handedLines(nginx, place, tuning)),
        ...tlsLines(place, tuning),
        `keepalive_requests ${tuning.tls_keepalive_requests}`,
        ...gateway(
          nginx,
          tuning,
          { port: nginx.https.port, isSecure: true, speaksForwarded },
          withBrotli,
          way !== "own",
        ),
      ],
    ]);
  }
  if (nginx.http?.redirect && nginx.https) {
    const port = nginx.https.port === 443 ? "" : `:${nginx.https.port}`;
    const redirect: Line = ["location /", [`return 308 https://$host${port}$request_uri`]];
    servers.push(["server", [...listen(nginx.http.port, ""), ...answering, redirect]]);
  } else if (nginx.http) {
    servers.push([
      "server",
      [
        ...listen(nginx.http.port, ""),
        ...gateway(nginx, tuning, { port: nginx.http.port, isSecure: false, speaksForwarded }, withBrotli),
      ],
    ]);
  }
  return servers;
}

/** What every public server has: its requests are counted, and what nginx itself finds wrong is told in the gateway's words. */
const answering: readonly Line[] = [
  "server_name _",
  lua("log", 'require("gateway.phases").log()'),
  "add_header X-Request-Id $portway_request_id always",
  ...errorPages,
];

/** A server whose requests the gateway decides on; it also refuses hosts that no route names. */
function gateway(
  nginx: NginxObject,
  tuning: Tuning,
  listener: Listener,
  withBrotli: boolean,
  isHanded = false,
): Line[] {
  return [
    ...answering,
    lastAnswer,
    lua("header_filter", 'require("gateway.phases").headerFilter()'),
    ...forwardingLines(tuning, listener),
    ...targetTlsLines(nginx),
    [
      "location /",
      [
        ...senderLines(nginx, isHanded),
        lua("access", `require("gateway.phases").access(${listener.isSecure})`),
        ...firstWay(listener),
      ],
    ],
    ...namedLocations(nginx, withBrotli),
  ];
}

/** The edge process's door: only who may enter the socket's folder. */
function controlServer({ socket }: Place): Line {
  const location = (path: string, handler: string): Line => [
    `location = ${path}`,
    [lua("content", `require("gateway.phases").${handler}()`)],
  ];
  return [
    "server",
    [
      `listen ${word(`unix:${socket}`)}`,
      "access_log off",
      "client_max_body_size 256m",
      "client_body_buffer_size 256m",
      "client_body_in_single_buffer on",
      location("/snapshot", "push"),
      location("/state", "state"),
      location("/counters", "counters"),
      location("/health", "health"),
      location("/drains", "drains"),
      location("/why", "why"),
      ["location /", ["return 404"]],
    ],
  ];
}
