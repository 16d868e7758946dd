// The second nginx's configuration: ports whose bytes go to a target as they are. Debian's stream module has no Lua, so
// targets stand in the file and change by reload, which ends no connection and never touches HTTP.
import type { StreamListener, StreamObject, StreamService } from "../wire/edge.ts";
import { targetKey } from "./health/checked.ts";
import { type HttpsWay, wayLines } from "./https-hop.ts";
import type { Place } from "./nginx-conf.ts";
import { type Line, lua, render, temporaryLines, word } from "./nginx-text.ts";
import { streamSocket } from "./stream-ends.ts";
import { sharedServers, sharedZones } from "./stream-shared.ts";
import { type Machine, type Tuning, tune } from "./tuning.ts";

export interface StreamPlace
  extends Pick<
    Place,
    "build" | "luaRoot" | "modules" | "user" | "addresses" | "pidFile" | "errorLog" | "socket" | "temporary"
  > {
  /** A line of JSON a connection; what the metrics are made of. */
  readonly connectionLog: string;
}

const nobody: ReadonlySet<string> = new Set();

/** The whole file; the same arguments give the same bytes. `leftOut` are targets that get no new connection, by targetKey. */
export function streamConf(stream: StreamObject, machine: Machine, place: StreamPlace, leftOut = nobody): string {
  const tuning = tune(machine, stream.tuning);
  return render([
    `# Written by portway edge from portway.yaml; a change made here is lost. Gateway ${word(place.build)}.`,
    ...wayLines(wayOf(stream)),
    ...["ngx_stream_module", "ndk_http_module", "ngx_http_lua_module"].map(
      (name) => `load_module ${word(`${place.modules}/${name}.so`)}`,
    ),
    ...(place.user === undefined ? [] : [`user ${word(place.user)}`]),
    `pid ${word(place.pidFile)}`,
    `error_log ${word(place.errorLog)} warn`,
    `worker_processes ${tuning.worker_processes}`,
    `worker_rlimit_nofile ${tuning.worker_rlimit_nofile}`,
    ...(tuning.worker_shutdown_timeout === "" ? [] : [`worker_shutdown_timeout ${tuning.worker_shutdown_timeout}`]),
    ["events", [`worker_connections ${tuning.worker_connections}`, `use ${tuning.use}`]],
    ["stream", streamLines(stream, place, tuning, leftOut)],
    ...(stream.listeners.length === 0 ? [] : [["http", endingLines(place, tuning)] as const]),
  ]);
}

/** Of a worker, beside connections: logs, and what it has for other workers. */
const otherSockets = 512;

/** The stream module has no Lua, which is what ends connections to what is drained; the edge process tells it at this door. */
function endingLines({ luaRoot, socket, temporary }: StreamPlace, tuning: Tuning): Line[] {
  const mostSockets = Number(tuning.worker_connections) + otherSockets;
  return [
    `lua_package_path ${word(`${luaRoot}/?.lua;;`)}`,
    "lua_shared_dict pw_ends 1m",
    lua("init_worker", `require("gateway.listener-ends").startEnding(${mostSockets})`),
    "access_log off",
    ...temporaryLines(temporary),
    [
      "server",
      [
        `listen ${word(`unix:${streamSocket(socket)}`)}`,
        "client_max_body_size 1m",
        "client_body_buffer_size 1m",
        ["location = /ends", [lua("content", 'require("gateway.listener-ends").receiveEnds()')]],
        ["location /", ["return 404"]],
      ],
    ],
  ];
}

function streamLines(stream: StreamObject, place: StreamPlace, tuning: Tuning, leftOut: ReadonlySet<string>): Line[] {
  return [
    // By port too: a zone is shared by all listeners.
    "limit_conn_zone $server_port zone=pw_ports:1m",
    'limit_conn_zone "$server_port $binary_remote_addr" zone=pw_clients:16m',
    "limit_conn_log_level notice",
    "map_hash_bucket_size 512",
    "map_hash_max_size 65536",
    "preread_buffer_size 16k",
    "preread_timeout 10s",
    "proxy_buffer_size 16k",
    "proxy_socket_keepalive on",
    "proxy_next_upstream_tries 3",
    ...sharedZones(stream),
    ...Object.entries(stream.services).map(([name, service]) => upstream(name, service, leftOut)),
    ...stream.listeners.flatMap((listener) => [
      ...serverNameMap(listener),
      logFormat(listener, stream.accessLog),
      ...(listener.https ? sharedServers(listener, stream, place, tuning) : [server(listener, place, tuning)]),
    ]),
  ];
}

const wayOf = ({ listeners }: StreamObject): HttpsWay => (listeners.some(({ https }) => https) ? "handed" : "own");

const upstreamOf = (service: string) => `service_${service}`;
const variableOf = ({ name }: StreamListener) => `$pw_to_${name.replaceAll("-", "_")}`;

function upstream(
  name: string,
  { targets, balance, errors, cooldownMs }: StreamService,
  leftOut: ReadonlySet<string>,
): Line {
  const way = { roundRobin: [], leastConnections: ["least_conn"], clientIp: ["hash $remote_addr consistent"] }[balance];
  const failing = `max_fails=${errors} fail_timeout=${Math.max(1, Math.round(cooldownMs / 1000))}s`;
  const servers = targets.map(({ name: target, address, port, weight = 1 }) => {
    const host = address.includes(":") ? `[${address}]` : address;
    const down = leftOut.has(targetKey({ service: name, target })) ? " down" : "";
    return `server ${word(`${host}:${port}`)} weight=${weight} ${failing}${down}`;
  });
  const none = "server 127.0.0.1:1 down"; // nginx wants one
  return [
    `upstream ${upstreamOf(name)}`,
    [`zone ${upstreamOf(name)} ${Math.max(256, targets.length)}k`, ...way, ...(servers.length > 0 ? servers : [none])],
  ];
}

/** Some words mean something else to a map unless they are escaped. */
export const mapKey = (name: string) =>
  /^(default|hostnames|include|volatile)$/.test(name) ? `\\${name}` : word(name);

/** Names that nobody listed lead nowhere: the connection is closed. */
function serverNameMap(listener: StreamListener): Line[] {
  if (typeof listener.to === "string") return [];
  const entries = listener.to.flatMap(({ names, service }) =>
    names.map((name) => `${mapKey(name)} ${upstreamOf(service)}`),
  );
  return [[`map $ssl_preread_server_name ${variableOf(listener)}`, ["hostnames", 'default ""', ...entries]]];
}

/** Who connected stands there only where the file wants an access log. */
function logFormat({ name, to }: StreamListener, isWhole: boolean): string {
  const fields = [
    '"time":$msec',
    `"listener":"${name}"`,
    ...(isWhole ? ['"client":"$remote_addr"'] : []),
    ...(isWhole && typeof to !== "string" ? ['"serverName":"$ssl_preread_server_name"'] : []),
    '"status":$status',
    '"received":$bytes_received',
    '"sent":$bytes_sent',
    '"seconds":$session_time',
    '"upstream":"$upstream_addr"',
    '"connect":"$upstream_connect_time"',
  ];
  return `log_format pw_${name} escape=json '{${fields.join(",")}}'`;
}

/** `options` stand behind each address. */
export function listenLines(port: number, { addresses }: StreamPlace, tuning: Tuning, options = ""): string[] {
  return addresses.map((address) => {
    const only = address.startsWith("[") ? " ipv6only=on" : "";
    return `listen ${word(`${address}:${port}`)} so_keepalive=on backlog=${tuning.backlog}${options}${only}`;
  });
}

const usualZones = { all: "pw_ports", client: "pw_clients" };

/** `listen` and `zones`, where it is not its port that clients come to. */
export function server(
  listener: StreamListener,
  place: StreamPlace,
  tuning: Tuning,
  listen: readonly string[] = listenLines(listener.port, place, tuning),
  zones = usualZones,
): Line {
  const { name, to, ipAllow, connections, connectionsPerClient, connectMs, idleMs, proxyProtocol } = listener;
  return [
    "server",
    [
      ...listen,
      `access_log ${word(place.connectionLog)} pw_${name} ${tuning.access_log}`,
      ...(ipAllow === undefined ? [] : [...ipAllow.map((prefix) => `allow ${word(prefix)}`), "deny all"]),
      `limit_conn ${zones.all} ${connections}`,
      `limit_conn ${zones.client} ${connectionsPerClient}`,
      `proxy_connect_timeout ${connectMs}ms`,
      `proxy_timeout ${idleMs}ms`,
      ...(proxyProtocol ? ["proxy_protocol on"] : []),
      ...(typeof to === "string" ? [] : ["ssl_preread on"]),
      `proxy_pass ${typeof to === "string" ? upstreamOf(to) : variableOf(listener)}`,
    ],
  ];
}
