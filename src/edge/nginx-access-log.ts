// The access log of nginx: one line of JSON a request.
import type { NginxObject } from "../wire/edge.ts";
import type { Place } from "./nginx-conf.ts";
import { type Line, word } from "./nginx-text.ts";
import type { Tuning } from "./tuning.ts";

/**
 * Named as OpenTelemetry's semantic conventions for HTTP servers name them, times in seconds; `portway.` is what they have no
 * name for. The path is without its query, which may hold secrets.
 */
const logFields = {
  timestamp: "$msec",
  "portway.request.id": '"$portway_request_id"',
  "client.address": '"$remote_addr"',
  "http.request.method": '"$portway_method"',
  "url.scheme": '"$scheme"',
  "server.address": '"$host"',
  "url.path": '"$portway_path"',
  "network.protocol.version": '"$portway_protocol"',
  "http.response.status_code": "$portway_status",
  "http.response.body.size": "$body_bytes_sent",
  "http.server.request.duration": "$request_time",
  "portway.upstream.duration": '"$upstream_response_time"',
};

/** Values as the conventions write them, and as JSON can hold them (nginx writes no status as 000). */
const logMaps: readonly Line[] = [
  [
    "map $server_protocol $portway_protocol",
    ["default $server_protocol", "HTTP/1.0 1.0", "HTTP/1.1 1.1", "HTTP/2.0 2"],
  ],
  // Set by the gateway where nginx's own would mislead.
  ["map $portway_own_method $portway_method", ["default $portway_own_method", '"" $request_method']],
  ["map $portway_own_path $portway_path", ["default $portway_own_path", '"" $uri']],
  ["map $status $portway_status", ["default $status", "000 0", "009 9"]],
];

export function accessLogLines(nginx: NginxObject, place: Place, tuning: Tuning): Line[] {
  if (!nginx.accessLog) return ["access_log off"];
  const fields = Object.entries(logFields).map(([name, variable]) => `"${name}":${variable}`);
  return [
    ...logMaps,
    `log_format portway escape=json '{${fields.join(",")}}'`,
    `access_log ${word(place.accessLog)} portway ${tuning.access_log}`,
  ];
}
