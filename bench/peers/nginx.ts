// nginx as a bare proxy, set up as someone who wants it fast would, and the origin behind every proxy.
import type { Ports } from "./peer.ts";

/** nginx removes its pid file when it ends, so each needs one of its own. */
export interface WithPidFile {
  readonly pidFile: string;
}

const mainLines = (pidFile: string) =>
  `worker_processes 1; daemon off; pid ${pidFile}; error_log stderr crit; pcre_jit on;
events { worker_connections 4096; }
`;

/** The origin that all proxies share: a fixed answer of 13 bytes. */
export function upstreamConf(port: number, pidFile: string): string {
  return `${mainLines(pidFile)}http {
  access_log off; keepalive_requests 1000000000;
  server { listen 127.0.0.1:${port}; location / { return 200 '{"ok":"true"}'; } }
}\n`;
}

/** nginx as a proxy with upstream keepalive and nothing else. */
export function bareNginxConf({ upstream, subject, pidFile }: Ports & WithPidFile): string {
  return `${mainLines(pidFile)}http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
  upstream origin { server 127.0.0.1:${upstream}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${subject} backlog=4096;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}\n`;
}
