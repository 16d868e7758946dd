// securityHeaders as the gateway gets it: header names and values. What the service says of the same is replaced.
import type { SecurityHeadersSpec } from "../spec/plugin-types.ts";
import type { SecurityHeadersConfig } from "../wire/edge-plugins.ts";

const frameOptions = { deny: "DENY", sameOrigin: "SAMEORIGIN", any: undefined } as const;

export function securityHeadersConfig(spec: SecurityHeadersSpec): SecurityHeadersConfig {
  const { frames, referrer, isolate, contentSecurityPolicy, permissions } = spec;
  const headers: readonly (readonly [string, string | undefined])[] = [
    ["Content-Security-Policy", contentSecurityPolicy],
    ["Cross-Origin-Opener-Policy", isolate ? "same-origin" : undefined],
    ["Permissions-Policy", permissions],
    ["Referrer-Policy", referrer],
    ["X-Content-Type-Options", "nosniff"],
    ["X-Frame-Options", frameOptions[frames]],
  ];
  return {
    set: headers.filter((header): header is [string, string] => header[1] !== undefined),
    remove: ["Server", "X-Powered-By", "X-AspNet-Version"],
  };
}
