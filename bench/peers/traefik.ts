// Traefik: rate limit and headers as middlewares (its open version has no JWT check); logs, API and telemetry off.
import { join } from "node:path";
import { neverReached, type Peer, type PeerOptions } from "./peer.ts";

function main({ subject, folder }: PeerOptions) {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "FATAL" },
    entryPoints: { public: { address: `127.0.0.1:${subject}` } },
    serversTransport: { maxIdleConnsPerHost: 512 },
    providers: { file: { filename: join(folder, "traefik-routes.json"), watch: false } },
  };
}

function routes({ upstream }: PeerOptions) {
  return {
    http: {
      routers: {
        orders: {
          entryPoints: ["public"],
          rule: "Host(`api.example.com`) && PathPrefix(`/orders/`)",
          middlewares: ["limit", "headers"],
          service: "origin",
        },
      },
      middlewares: {
        limit: { rateLimit: { average: neverReached, period: "1s", burst: neverReached } },
        headers: {
          headers: {
            customRequestHeaders: { "X-From-Edge": "edge-1" },
            customResponseHeaders: { "X-Served-Through": "traefik" },
          },
        },
      },
      services: { origin: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${upstream}` }] } } },
    },
  };
}

export const traefik: Peer = {
  program: "traefik",
  does: "route, limit, headers",
  files: (options) => ({
    "traefik.json": JSON.stringify(main(options)),
    "traefik-routes.json": JSON.stringify(routes(options)),
  }),
  words: ({ folder }) => ["--configFile", join(folder, "traefik.json")],
};
