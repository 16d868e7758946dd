// The plugins of a route in the one order in which they run, each with how its configuration reaches the gateway:
// normalised, so that the request path parses and defaults nothing. A new plugin is one entry here.
import { mergePrefixes } from "../net/prefix.ts";
import { Fault } from "../spec/issue.ts";
import type { HeaderEdits, JwtSpec, PluginName, PluginSet, RateLimitSpec } from "../spec/plugin-types.ts";
import type { RouteSpec } from "../spec/route-types.ts";
import { fieldsOf, parseTemplate } from "../spec/template.ts";
import { templatesOf } from "../spec/template-uses.ts";
import type { KeysSource } from "../wire/edge.ts";
import type { HeaderEditsConfig, PluginConfigs, RateLimitConfig, TemplateValue } from "../wire/edge-plugins.ts";
import { bodySchemaConfig } from "./body-schema.ts";
import { corsConfig } from "./cors.ts";
import { intervalMicros } from "./interval.ts";
import { responseBodyConfig } from "./response-body.ts";
import { securityHeadersConfig } from "./security-headers.ts";

/** Keeps a key set as an object of its own and gives its name, without `keys/`. */
export type KeepKeys = (source: KeysSource) => string;

type Convert<Name extends PluginName> = (
  config: NonNullable<PluginSet[Name]>,
  route: RouteSpec,
  keepKeys: KeepKeys,
) => PluginConfigs[Name];

type PluginTable = { readonly [Name in PluginName]: Convert<Name> };

const pluginTable: PluginTable = {
  ipAllow: ({ prefixes }) => ({ prefixes: mergePrefixes(prefixes) }),
  ipDeny: ({ prefixes }) => ({ prefixes: mergePrefixes(prefixes) }),
  cors: corsConfig,
  jwt: (config, route, keepKeys) => ({
    ...(config.issuer !== undefined && { issuer: config.issuer }),
    audience: config.audience,
    skewSeconds: config.skewSeconds,
    keys: keepKeys(keysSource(config)),
    ...claimsFor(route),
  }),
  rateLimit: rateLimitConfig,
  contentTypes: ({ types }) => ({ types: [...types].sort() }),
  bodySchema: bodySchemaConfig,
  path: ({ template }) => ({ path: templateValue(template) }),
  requestHeaders: headerEditsConfig,
  query: ({ rename, set, add, remove }) => ({
    rename: sortedEntries(rename),
    set: templateEntries(set),
    add: templateEntries(add),
    remove: [...remove].sort(),
  }),
  responseStatus: ({ map }) => ({ map: map.toSorted(([a], [b]) => a - b) }),
  responseBody: responseBodyConfig,
  securityHeaders: securityHeadersConfig,
  responseHeaders: headerEditsConfig,
  hsts: ({ maxAgeSeconds, includeSubdomains, preload }) => ({
    value: `max-age=${maxAgeSeconds}${includeSubdomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`,
  }),
  compress: ({ encodings, types, minBytes }) => ({ encodings, types: [...types].sort(), minBytes }),
};

/** The plugins' names, first to run first. */
export const pluginOrder = Object.keys(pluginTable) as readonly PluginName[];

/** The plugins that find out who asks: a route without any of them is open to all. */
export const authenticationPlugins: readonly PluginName[] = ["jwt"];

/** A plugin as one route has it, ready for the gateway; undefined when the route does not use it. */
export function convertPlugin(name: PluginName, route: RouteSpec, keepKeys: KeepKeys) {
  const config = route.plugins[name];
  if (config === undefined) return undefined;
  const convert = pluginTable[name] as (config: object, route: RouteSpec, keepKeys: KeepKeys) => object;
  return { plugin: name, config: convert(config, route, keepKeys) };
}

function keysSource({ jwksFile, keys }: JwtSpec): KeysSource {
  return jwksFile === undefined ? { kind: "inline", jwks: keys } : { kind: "file", path: jwksFile };
}

/** Buckets are counted per route, also where routes share a policy: a busy route does not use up a quiet one's. */
function rateLimitConfig({ per, tokens, perMs, burst }: RateLimitSpec, route: RouteSpec): RateLimitConfig {
  return {
    per: per.kind,
    ...(per.kind === "header" && { header: per.name.toLowerCase() }),
    intervalMicros: intervalMicros(tokens, perMs),
    burst,
    tokens,
    perMs,
    id: route.name,
  };
}

function headerEditsConfig({ rename, set, add, remove }: HeaderEdits): HeaderEditsConfig {
  const renames = sortedEntries(rename);
  return {
    ...(renames.length > 0 && { rename: renames }),
    set: templateEntries(set),
    add: templateEntries(add),
    remove: [...remove].sort(),
  };
}

function sortedEntries(edits: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(edits).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function templateEntries(edits: Readonly<Record<string, string>>): [string, TemplateValue][] {
  return sortedEntries(edits).map(([name, value]) => [name, templateValue(value)]);
}

/** A value whose template was checked before. */
function templateValue(text: string): TemplateValue {
  const parts = parseTemplate(text);
  if (parts instanceof Fault) throw new TypeError(parts.message);
  const isFixed = parts.every((part) => typeof part === "string");
  return isFixed ? parts.join("") : parts;
}

/** The claims that the route's templates name: no others are kept of a token. */
function claimsFor({ plugins }: RouteSpec): { readonly claims?: readonly string[] } {
  const fields = templatesOf(plugins).flatMap(fieldsOf);
  const claims = [...new Set(fields.filter(({ from }) => from === "jwt").map(({ name }) => name))].sort();
  return claims.length > 0 ? { claims } : {};
}
