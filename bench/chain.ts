// The chain of the first benchmark as snapshot objects: route, JWT (RS256, cached), rate limit, headers, metrics; and a
// token that passes it.
import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import type { KeysObject } from "../src/wire/edge.ts";
import type { PluginObject } from "../src/wire/edge-plugins.ts";
import type { Objects } from "../src/wire/objects.ts";
import { plainRoute, plainService } from "./plain-objects.ts";

export const issuer = "https://id.example.com/";
export const audience = "orders";

export const wholeChain = ["jwt", "rateLimit", "requestHeaders", "responseHeaders"] as const;
/** What else does something with a GET without a body and its answer. */
export const otherPlugins = [
  "ipAllow",
  "ipDeny",
  "cors",
  "contentTypes",
  "path",
  "query",
  "securityHeaders",
  "hsts",
  "compress",
] as const;
export type BenchPlugin = (typeof wholeChain)[number] | (typeof otherPlugins)[number];

export interface Signer {
  readonly keys: KeysObject;
  readonly publicPem: string;
  /** The public key as a JWK set. */
  readonly jwks: string;
  readonly token: string;
}

/** An RS256 key, and a token of a usual size that is valid for an hour. */
export async function makeSigner(): Promise<Signer> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const token = await new SignJWT({ sub: "user-1234", scope: "orders:read orders:write", name: "A Person" })
    .setProtectedHeader({ alg: "RS256", kid: "bench-1" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(privateKey);
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return {
    keys: { keys: [{ kid: "bench-1", algorithms: ["RS256"], spki }] },
    publicPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    jwks: JSON.stringify({
      keys: [{ ...publicKey.export({ format: "jwk" }), kid: "bench-1", alg: "RS256", use: "sig" }],
    }),
    token,
  };
}

const configs: { readonly [Name in BenchPlugin]: Extract<PluginObject, { plugin: Name }> } = {
  jwt: { plugin: "jwt", config: { issuer, audience: [audience], skewSeconds: 30, keys: "bench" } },
  rateLimit: {
    plugin: "rateLimit",
    config: { per: "clientIp", intervalMicros: 1, burst: 1_000_000, tokens: 1_000_000, perMs: 1000, id: "orders" },
  },
  requestHeaders: { plugin: "requestHeaders", config: { set: [["X-From-Edge", "edge-1"]], add: [], remove: [] } },
  responseHeaders: {
    plugin: "responseHeaders",
    config: { set: [["X-Served-Through", "portway"]], add: [], remove: [] },
  },
  ipAllow: { plugin: "ipAllow", config: { prefixes: ["127.0.0.0/8", "192.0.2.0/24"] } },
  ipDeny: { plugin: "ipDeny", config: { prefixes: ["192.0.2.0/24", "198.51.100.0/24"] } },
  cors: {
    plugin: "cors",
    config: {
      ...{ isOpen: false, origins: ["https://app.example.com"], patterns: [], credentials: false },
      ...{ methods: "GET, POST", headers: "", expose: "", maxAge: "600" },
    },
  },
  contentTypes: { plugin: "contentTypes", config: { types: ["application/json"] } },
  path: { plugin: "path", config: { path: "/v2/orders" } },
  query: { plugin: "query", config: { rename: [], set: [["from", "edge"]], add: [], remove: ["debug"] } },
  securityHeaders: {
    plugin: "securityHeaders",
    config: {
      set: [
        ["X-Content-Type-Options", "nosniff"],
        ["X-Frame-Options", "DENY"],
      ],
      remove: ["X-Powered-By"],
    },
  },
  hsts: { plugin: "hsts", config: { value: "max-age=31536000" } },
  compress: { plugin: "compress", config: { encodings: ["br", "gzip"], types: ["application/json"], minBytes: 1024 } },
};

/** Objects of one route `api.example.com/orders/` with these plugins, to an upstream on loopback; `routes` pads the table. */
export function chainObjects(
  plugins: readonly BenchPlugin[],
  upstreamPort: number,
  keys: KeysObject,
  routes = 1,
): Objects {
  const route = (name: string, path: string) =>
    plainRoute(name, {
      paths: [{ kind: "prefix", path }],
      methods: ["GET", "POST"],
      service: "orders",
      plugins: plugins.map((plugin) => `plugin/${plugin}/bench`),
    });
  const objects: Record<string, unknown> = {
    "service/orders": plainService("orders", upstreamPort),
    "route/orders": route("orders", "/orders"),
  };
  for (let number = 1; number < routes; number++) objects[`route/r${number}`] = route(`r${number}`, `/r${number}`);
  for (const plugin of plugins) objects[`plugin/${plugin}/bench`] = configs[plugin];
  if (plugins.includes("jwt")) objects["keys/bench"] = keys;
  return Object.fromEntries(Object.entries(objects).map(([key, value]) => [key, JSON.stringify(value)]));
}
