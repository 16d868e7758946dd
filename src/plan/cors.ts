// cors as the gateway gets it: origins to look up, and header values ready to send.
import type { CorsSpec } from "../spec/plugin-types.ts";
import type { RouteSpec } from "../spec/route-types.ts";
import type { CorsConfig } from "../wire/edge-plugins.ts";

const usualMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

export function corsConfig(cors: CorsSpec, { methods }: RouteSpec): CorsConfig {
  const offered = cors.methods ?? (methods.length > 0 ? methods : usualMethods);
  const patterns = cors.origins.filter((origin) => origin.includes("://*."));
  return {
    isOpen: cors.origins.includes("*"),
    origins: cors.origins.filter((origin) => origin !== "*" && !patterns.includes(origin)).sort(),
    patterns: patterns.sort().map((origin) => {
      const star = origin.indexOf("*");
      return { start: origin.slice(0, star), end: origin.slice(star + 1) };
    }),
    credentials: cors.credentials,
    methods: [...offered].sort().join(", "),
    headers: cors.headers.join(", "),
    expose: cors.expose.join(", "),
    maxAge: String(cors.maxAgeSeconds),
  };
}
