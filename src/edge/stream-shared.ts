// A listener that has HTTPS's port (https-hop.ts): one server reads the name and hands on, another one does for the names of
// the listener what other listeners do at their port. What the file says of limits, addresses and times is for these alone:
// HTTPS has its own.
import type { StreamListener, StreamObject } from "../wire/edge.ts";
import { httpsSocket, passedSocket } from "./https-hop.ts";
import { type Line, word } from "./nginx-text.ts";
import { listenLines, mapKey, type StreamPlace, server } from "./stream-conf.ts";
import type { Tuning } from "./tuning.ts";

const zones = { all: "pw_passed", client: "pw_passed_clients" };

/** Zones of their own: the port of a connection that comes over a unix socket is known by its PROXY header alone. */
export function sharedZones({ listeners }: StreamObject): Line[] {
  if (!listeners.some(({ https }) => https)) return [];
  return [
    `limit_conn_zone $proxy_protocol_server_port zone=${zones.all}:1m`,
    `limit_conn_zone $binary_remote_addr zone=${zones.client}:16m`,
  ];
}

export function sharedServers(
  listener: StreamListener,
  { proxies }: StreamObject,
  place: StreamPlace,
  tuning: Tuning,
): Line[] {
  const passed = `unix:${passedSocket(place.socket)}`;
  const names = typeof listener.to === "string" ? [] : listener.to.flatMap((entry) => entry.names);
  return [
    ["upstream pw_https", [`server ${word(`unix:${httpsSocket(place.socket)}`)} max_fails=0`]],
    ["upstream pw_passed", [`server ${word(passed)} max_fails=0`]],
    [
      "map $ssl_preread_server_name $pw_on",
      ["hostnames", "default pw_https", ...names.map((name) => `${mapKey(name)} pw_passed`)],
    ],
    [
      "server",
      [
        // HTTP's nginx has the port too while it changes hands.
        ...listenLines(
          listener.port,
          place,
          tuning,
          proxies === undefined ? " reuseport" : " reuseport proxy_protocol",
        ),
        ...(proxies ?? []).map((prefix) => `set_real_ip_from ${word(prefix)}`),
        "ssl_preread on",
        "proxy_protocol on",
        // Whoever takes the connection knows when it has been idle for too long.
        "proxy_timeout 24d",
        "proxy_pass $pw_on",
      ],
    ],
    server(
      listener,
      place,
      tuning,
      [`listen ${word(passed)} proxy_protocol backlog=${tuning.backlog}`, "set_real_ip_from unix:"],
      zones,
    ),
  ];
}
