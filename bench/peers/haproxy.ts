// HAProxy with the nearest equivalent of the chain (route, JWT, rate limit, headers), set up as someone who wants it fast would.
import type { Ports } from "./peer.ts";

export interface HaproxyOptions extends Ports {
  readonly publicKeyFile: string;
  readonly issuer: string;
  readonly audience: string;
  /** False leaves the JWT check out: limit and headers only. */
  readonly jwt: boolean;
}

/** HAProxy 2.6: one thread, stick-table limit by client address, jwt_verify, headers in and out. */
export function haproxyConf({ upstream, subject, publicKeyFile, issuer, audience, jwt }: HaproxyOptions): string {
  const jwtLines = `
  http-request set-var(txn.alg) str(RS256)
  http-request set-var(txn.bearer) http_auth_bearer
  http-request deny deny_status 401 unless { var(txn.bearer) -m found }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_header_query('$.alg') -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.iss') -m str ${issuer} }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.aud') -m str ${audience} }
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${publicKeyFile}") -m int 1 }`;
  return `global
  nbthread 1
  maxconn 4096
  tune.maxrewrite 1024
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
backend limits
  stick-table type ip size 1m expire 10s store http_req_rate(1s)
frontend public
  bind 127.0.0.1:${subject} backlog 4096
  acl orders_host hdr(host) -i api.example.com
  acl orders_path path_beg /orders/
  http-request deny deny_status 404 unless orders_host orders_path
  http-request track-sc0 src table limits
  http-request deny deny_status 429 if { sc_http_req_rate(0,limits) gt 100000000 }${jwt ? jwtLines : ""}
  http-request set-header X-From-Edge edge-1
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Request-Id %[uuid()]
  http-response set-header X-Served-Through portway
  default_backend origin
backend origin
  server one 127.0.0.1:${upstream}
`;
}
