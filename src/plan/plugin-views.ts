// The plugins of a route as fields of text.
import type {
  BodySchemaSpec,
  CompressSpec,
  HeaderEdits,
  JwtSpec,
  PluginSet,
  RateLimitSpec,
} from "../spec/plugin-types.ts";
import { bodyBytesUnlessTold } from "../spec/plugins/body-schema.ts";
import { formatSize } from "../spec/units.ts";
import { canonicalJson } from "./canonical-json.ts";
import { durationText } from "./duration-text.ts";
import type { Field, View } from "./fields.ts";

/** One field a plugin. */
export function pluginsView(plugins: PluginSet): View {
  const {
    ipAllow,
    ipDeny,
    cors,
    jwt,
    rateLimit,
    contentTypes,
    bodySchema,
    path,
    requestHeaders,
    query,
    securityHeaders,
    responseHeaders,
    responseStatus,
    responseBody,
    hsts,
    compress,
  } = plugins;
  return {
    ...(ipAllow && { ipAllow: ipAllow.prefixes.join(", ") }),
    ...(ipDeny && { ipDeny: ipDeny.prefixes.join(", ") }),
    ...(cors && { cors: canonicalJson(cors) }),
    ...(jwt && { jwt: jwtField(jwt) }),
    ...(rateLimit && { rateLimit: rateLimitText(rateLimit) }),
    ...(contentTypes && { contentTypes: contentTypes.types.join(", ") }),
    ...(bodySchema && { bodySchema: bodySchemaField(bodySchema) }),
    ...(path && { path: path.template }),
    ...(requestHeaders && { requestHeaders: headersField(requestHeaders) }),
    ...(query && { query: headersField(query) }),
    ...(responseStatus && { responseStatus: responseStatus.map.map(([from, to]) => `${to} for ${from}`).join(", ") }),
    ...(responseBody && { responseBody: canonicalJson(responseBody) }),
    ...(securityHeaders && { securityHeaders: canonicalJson(securityHeaders) }),
    ...(responseHeaders && { responseHeaders: headersField(responseHeaders) }),
    ...(hsts && { hsts: canonicalJson(hsts) }),
    ...(compress && { compress: compressText(compress) }),
  };
}

/** Keys may be secrets (HMAC): they are counted, never shown. */
function jwtField({ issuer, audience, skewSeconds, keys, jwksFile }: JwtSpec): Field {
  const parts = [
    issuer === undefined ? "any issuer" : `issuer ${issuer}`,
    audience.length > 0 ? `audience ${audience.join(" or ")}` : "any audience",
    `skew ${durationText(skewSeconds * 1000)}`,
    jwksFile === undefined ? `${keys.length} ${keys.length === 1 ? "key" : "keys"}` : `keys in ${jwksFile}`,
  ];
  return { text: parts.join(", "), secret: canonicalJson(keys) };
}

/** A schema is long: that it changed is shown, not how. */
function bodySchemaField({ schema, types, maxBytes = bodyBytesUnlessTold, isRequired }: BodySchemaSpec): Field {
  const need = isRequired ? "" : ", not required";
  return { text: `${types.join(", ")} up to ${formatSize(maxBytes)}${need}`, secret: canonicalJson(schema) };
}

function compressText({ encodings, types, minBytes }: CompressSpec): string {
  return `${encodings.join(", ")} from ${formatSize(minBytes)}: ${[...types].sort().join(", ")}`;
}

function rateLimitText({ per, tokens, perMs, burst }: RateLimitSpec): string {
  const whom = per.kind === "header" ? `header ${per.name}` : per.kind;
  return `${tokens} per ${durationText(perMs)}, burst ${burst}, per ${whom}`;
}

/** Values may be credentials for the service: names alone are shown. */
function headersField({ rename, set, add, remove }: HeaderEdits): Field {
  const part = (verb: string, names: readonly string[]) => (names.length > 0 ? [`${verb} ${names.join(", ")}`] : []);
  const parts = [
    ...part(
      "rename",
      Object.entries(rename).map(([from, to]) => `${from} to ${to}`),
    ),
    ...part("set", Object.keys(set).sort()),
    ...part("add", Object.keys(add).sort()),
    ...part("remove", remove),
  ];
  return { text: parts.join("; "), secret: canonicalJson([set, add]) };
}
