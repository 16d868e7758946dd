// Plugins that need each other, or that trust more than they seem to.
import { errorAt, type Finding, type Path, warningAt } from "../issue.ts";
import { isSymmetric } from "../plugins/jwk.ts";
import type { PluginsWritten } from "../plugins.ts";
import { servicesOf } from "../route-services.ts";
import type { Written } from "../schema.ts";
import type { PluginSet, RouteSpec, Spec } from "../types.ts";

export function checkPlugins(spec: Spec, written: Written): Finding[] {
  return [
    ...Object.entries(written.policies).flatMap(([name, set]) => checkTokens(set, ["policies", name, "jwt"])),
    ...written.routes.flatMap((route, index) => checkTokens(route.use, ["routes", index, "use", "jwt"])),
    ...spec.routes.flatMap((route, index) => checkTogether(route.plugins, ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkCompression(route, spec.services, ["routes", index])),
  ];
}

function checkTokens({ jwt }: PluginsWritten, path: Path): Finding[] {
  if (!jwt) return [];
  const symmetric = jwt.keys.flatMap((key, index) =>
    isSymmetric(key) ? [symmetricKey([...path, "keys", index])] : [],
  );
  const bound = jwt.issuer !== undefined || jwt.audience.length > 0;
  return bound ? symmetric : [...symmetric, tokenUnbound(path)];
}

function symmetricKey(path: Path): Finding {
  const message = "this key makes tokens as well as it verifies them, for all who read the file";
  return warningAt(path, "symmetricKey", message, "use a public key (RSA, EC or OKP)");
}

function tokenUnbound(path: Path): Finding {
  const message = "jwt checks neither issuer nor audience: a token made for another service is let in";
  return { ...warningAt(path, "tokenUnbound", message, "add audience: [NAME], and issuer:"), at: "key" };
}

function checkTogether({ rateLimit, jwt }: PluginSet, path: Path): Finding[] {
  if (rateLimit?.per.kind !== "subject" || jwt) return [];
  const message = "rateLimit counts per subject, and this route has no jwt to name one";
  return [errorAt(path, "subjectUnknown", message, "add jwt, or count per clientIp")];
}

function checkCompression(route: RouteSpec, services: Spec["services"], path: Path): Finding[] {
  const isGrpc = servicesOf(route).some((name) => Object.hasOwn(services, name) && services[name]!.protocol === "grpc");
  if (!route.plugins.compress || !isGrpc) return [];
  const message = `route ${route.name} has compress, and gRPC compresses its messages itself`;
  return [errorAt(path, "contradiction", message, "take compress out of the route and of its policies")];
}
