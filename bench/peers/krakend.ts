// KrakenD: JWT from a local key set, rate limit, bodies passed on unread (no-op); access log off.
import { join } from "node:path";
import { neverReached, type Peer, type PeerOptions } from "./peer.ts";

function config({ upstream, subject, folder, issuer, audience }: PeerOptions) {
  return {
    $schema: "https://www.krakend.io/schema/krakend.json",
    version: 3,
    listen_ip: "127.0.0.1",
    port: subject,
    timeout: "60s",
    max_idle_connections_per_host: 512,
    extra_config: {
      router: { disable_access_log: true },
      "telemetry/logging": { level: "CRITICAL", stdout: false },
    },
    endpoints: [
      {
        endpoint: "/orders/{id}",
        method: "GET",
        output_encoding: "no-op",
        input_headers: ["*"],
        extra_config: {
          "qos/ratelimit/router": { max_rate: neverReached, client_max_rate: neverReached, strategy: "ip" },
          "auth/validator": {
            ...{ alg: "RS256", issuer, audience: [audience] },
            ...{ jwk_local_path: join(folder, "jwks.json"), disable_jwk_security: true, cache: true },
          },
        },
        backend: [{ host: [`http://127.0.0.1:${upstream}`], url_pattern: "/orders/{id}", encoding: "no-op" }],
      },
    ],
  };
}

export const krakend: Peer = {
  program: "krakend",
  does: "route, JWT, limit",
  files: (options) => ({ "krakend.json": JSON.stringify(config(options)), "jwks.json": options.jwks }),
  words: ({ folder }) => ["run", "-c", join(folder, "krakend.json")],
};
