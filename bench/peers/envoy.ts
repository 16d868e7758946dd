// Envoy: jwt_authn with its token cache, local_ratelimit, headers in and out, one worker. Access and stats logs off.
import { join } from "node:path";
import { neverReached, type Peer, type PeerOptions } from "./peer.ts";

const filter = (name: string, config: object) => ({
  name: `envoy.filters.http.${name}`,
  typed_config: config,
});
const always = { default_value: { numerator: 100, denominator: "HUNDRED" } };
const header = (key: string, value: string) => ({
  header: { key, value },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
});
const address = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const type = (name: string) => `type.googleapis.com/${name}`;

function config({ upstream, subject, issuer, audience, jwks }: PeerOptions) {
  const jwt = {
    "@type": type("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"),
    providers: {
      bench: {
        ...{ issuer, audiences: [audience], forward: true },
        local_jwks: { inline_string: jwks },
        jwt_cache_config: { jwt_cache_size: 1000 },
      },
    },
    rules: [{ match: { prefix: "/" }, requires: { provider_name: "bench" } }],
  };
  const limit = {
    "@type": type("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"),
    stat_prefix: "limit",
    token_bucket: { max_tokens: neverReached, tokens_per_fill: neverReached, fill_interval: "1s" },
    filter_enabled: { runtime_key: "limit_enabled", ...always },
    filter_enforced: { runtime_key: "limit_enforced", ...always },
  };
  const router = { "@type": type("envoy.extensions.filters.http.router.v3.Router") };
  const manager = {
    "@type": type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "public",
    generate_request_id: true,
    use_remote_address: true,
    route_config: {
      name: "routes",
      virtual_hosts: [
        {
          name: "api",
          domains: ["api.example.com"],
          routes: [{ match: { prefix: "/orders/" }, route: { cluster: "origin" } }],
          request_headers_to_add: [header("x-from-edge", "edge-1")],
          response_headers_to_add: [header("x-served-through", "envoy")],
        },
      ],
    },
    http_filters: [filter("jwt_authn", jwt), filter("local_ratelimit", limit), filter("router", router)],
  };
  const listener = {
    name: "public",
    address: address(subject),
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }];
  const origin = {
    ...{ name: "origin", type: "STATIC", connect_timeout: "5s" },
    load_assignment: { cluster_name: "origin", endpoints },
  };
  return { static_resources: { listeners: [listener], clusters: [origin] } };
}

export const envoy: Peer = {
  program: "envoy",
  does: "route, JWT (cached), local limit, headers",
  files: (options) => ({ "envoy.json": JSON.stringify(config(options)) }),
  words: ({ folder }) => [
    ...["-c", join(folder, "envoy.json"), "--concurrency", "1"],
    ...["--log-level", "off", "--disable-hot-restart"],
  ],
};
