// Plugins that need each other, or that trust more than they seem to.
import { errorAt, type Finding, type Path, warningAt } from "../issue.ts";
import type { PluginSet } from "../plugin-types.ts";
import { isSymmetric } from "../plugins/jwk.ts";
import type { PluginsWritten } from "../plugins.ts";
import { servicesOf } from "../route-services.ts";
import type { RouteSpec } from "../route-types.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";
import { formatSize } from "../units.ts";

type WrittenRoute = Written["routes"][number];

export function checkPlugins(spec: Spec, written: Written): Finding[] {
  return [
    ...Object.entries(written.policies).flatMap(([name, set]) => checkTokens(set, ["policies", name, "jwt"])),
    ...written.routes.flatMap((route, index) => checkTokens(route.use, ["routes", index, "use", "jwt"])),
    ...spec.routes.flatMap((route, index) => checkTogether(route.plugins, ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkGrpc(route, spec.services, ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkPaths(route, ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkTypes(route, ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkBodies(route, written.routes[index], ["routes", index])),
    ...spec.routes.flatMap((route, index) => checkStreams(route, ["routes", index])),
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

/** What HTTP bodies have and gRPC's messages have not. */
function checkGrpc(route: RouteSpec, services: Spec["services"], path: Path): Finding[] {
  const { name, plugins } = route;
  const isGrpc = servicesOf(route).some((one) => Object.hasOwn(services, one) && services[one]!.protocol === "grpc");
  if (!isGrpc) return [];
  const found = (plugin: string, reason: string) => {
    const message = `route ${name} has ${plugin}, and gRPC ${reason}`;
    return errorAt(path, "contradiction", message, `take ${plugin} out of the route and of its policies`);
  };
  return [
    ...(plugins.compress ? [found("compress", "compresses its messages itself")] : []),
    ...(plugins.bodySchema ? [found("bodySchema", "has no bodies in JSON")] : []),
    ...(plugins.responseBody || plugins.responseStatus
      ? [found("transform.response", "has statuses and messages of its own")]
      : []),
  ];
}

function checkPaths({ name, rewrite, plugins }: RouteSpec, path: Path): Finding[] {
  if (!plugins.path || (rewrite?.path === undefined && rewrite?.prefix === undefined)) return [];
  const message = `route ${name} has two paths for its service: transform.path and rewrite`;
  return [errorAt(path, "contradiction", message, "keep one of them")];
}

function checkTypes({ name, plugins }: RouteSpec, path: Path): Finding[] {
  const { contentTypes, bodySchema } = plugins;
  if (!contentTypes || !bodySchema) return [];
  const isTaken = (type: string) =>
    contentTypes.types.some((one) => one === type || one === type.replace(/\/.*/, "/*"));
  if (bodySchema.types.some(isTaken)) return [];
  const message = `no body gets through route ${name}: contentTypes takes none of the types of bodySchema`;
  return [errorAt(path, "contradiction", message, "take contentTypes out: bodySchema checks the type too")];
}

/** Where the limit comes from a policy, the route's own is what is pointed at. */
function checkBodies(
  { name, maxBodyBytes, plugins }: RouteSpec,
  written: WrittenRoute | undefined,
  path: Path,
): Finding[] {
  const mostBytes = plugins.bodySchema?.maxBytes;
  if (mostBytes === undefined || mostBytes <= maxBodyBytes) return [];
  const [schema, route] = [mostBytes, maxBodyBytes].map(formatSize);
  const message = `bodySchema reads bodies up to ${schema}, and route ${name} takes none above ${route} (maxBody)`;
  const hint = `write maxSize: ${route} at most, or maxBody: ${schema} at least`;
  const place = written?.use.bodySchema ? [...path, "use", "bodySchema", "maxSize"] : [...path, "maxBody"];
  return [errorAt(place, "contradiction", message, hint)];
}

function checkStreams({ name, buffering, plugins }: RouteSpec, path: Path): Finding[] {
  if (!plugins.responseBody || buffering.response) return [];
  const message = `route ${name} changes bodies once they are whole (transform.response.body), and lets them stream`;
  return [errorAt([...path, "buffering"], "contradiction", message, "take response: false out, or the transform")];
}
