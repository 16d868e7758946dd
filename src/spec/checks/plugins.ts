// Plugins that need each other, or that trust more than they seem to.
import type { Finding, Path } from "../issue.ts";
import { isSymmetric } from "../plugins/jwk.ts";
import type { PluginsWritten } from "../plugins.ts";
import type { Written } from "../schema.ts";
import type { PluginSet, Spec } from "../types.ts";

export function checkPlugins(spec: Spec, written: Written): Finding[] {
  return [
    ...Object.entries(written.policies).flatMap(([name, set]) => checkTokens(set, ["policies", name, "jwt"])),
    ...written.routes.flatMap((route, index) => checkTokens(route.use, ["routes", index, "use", "jwt"])),
    ...spec.routes.flatMap((route, index) => checkTogether(route.plugins, ["routes", index])),
  ];
}

function checkTokens({ jwt }: PluginsWritten, path: Path): Finding[] {
  if (!jwt) return [];
  const findings = jwt.keys.flatMap((key, index): Finding[] => {
    if (!isSymmetric(key)) return [];
    const message = "this key makes tokens as well as it verifies them, for all who read the file";
    return [
      {
        severity: "warning",
        code: "symmetricKey",
        path: [...path, "keys", index],
        message,
        hint: "use a public key (RSA, EC or OKP)",
      },
    ];
  });
  if (jwt.issuer !== undefined || jwt.audience.length > 0) return findings;
  const message = "jwt checks neither issuer nor audience: a token made for another service is let in";
  return [
    ...findings,
    { severity: "warning", code: "tokenUnbound", path, at: "key", message, hint: "add audience: [NAME], and issuer:" },
  ];
}

function checkTogether({ rateLimit, jwt }: PluginSet, path: Path): Finding[] {
  if (rateLimit?.per.kind !== "subject" || jwt) return [];
  const message = "rateLimit counts per subject, and this route has no jwt to name one";
  return [{ severity: "error", code: "subjectUnknown", path, message, hint: "add jwt, or count per clientIp" }];
}
