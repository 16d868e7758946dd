// Caddy: a bare reverse proxy with kept connections; logs, admin door and automatic HTTPS off.
import { join } from "node:path";
import type { Peer, PeerOptions } from "./peer.ts";

function config({ upstream, subject }: PeerOptions) {
  const proxy = {
    handler: "reverse_proxy",
    upstreams: [{ dial: `127.0.0.1:${upstream}` }],
    transport: { protocol: "http", keep_alive: { enabled: true, max_idle_conns_per_host: 512 } },
  };
  const server = {
    listen: [`127.0.0.1:${subject}`],
    automatic_https: { disable: true },
    routes: [{ match: [{ host: ["api.example.com"] }], handle: [proxy] }],
  };
  return {
    admin: { disabled: true, config: { persist: false } },
    logging: { logs: { default: { level: "PANIC" } } },
    apps: { http: { servers: { public: server } } },
  };
}

export const caddy: Peer = {
  program: "caddy",
  does: "proxy alone",
  files: (options) => ({ "caddy.json": JSON.stringify(config(options)) }),
  words: ({ folder }) => ["run", "--config", join(folder, "caddy.json")],
};
