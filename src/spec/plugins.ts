// The table of plugins: what may stand in a policy or under a route's `use`. One line and one file each.
import type { z } from "zod";
import { mapping } from "./fields.ts";
import type { PluginSet } from "./plugin-types.ts";
import { bodySchemaSchema } from "./plugins/body-schema.ts";
import { compressSchema } from "./plugins/compress.ts";
import { contentTypesSchema } from "./plugins/content-types.ts";
import { corsSchema } from "./plugins/cors.ts";
import { headersSchema } from "./plugins/headers.ts";
import { hstsSchema } from "./plugins/hsts.ts";
import { ipAllowSchema, ipDenySchema } from "./plugins/ip-lists.ts";
import { jwtSchema } from "./plugins/jwt.ts";
import { cacheSchema } from "./plugins/later.ts";
import { rateLimitSchema } from "./plugins/rate-limit.ts";
import { securityHeadersSchema } from "./plugins/security-headers.ts";
import { transformSchema } from "./plugins/transform.ts";

const plugins = {
  ipAllow: ipAllowSchema.optional(),
  ipDeny: ipDenySchema.optional(),
  cors: corsSchema.optional(),
  jwt: jwtSchema.optional(),
  rateLimit: rateLimitSchema.optional(),
  contentTypes: contentTypesSchema.optional(),
  bodySchema: bodySchemaSchema.optional(),
  cache: cacheSchema.optional(),
  headers: headersSchema.optional(),
  transform: transformSchema.optional(),
  hsts: hstsSchema.optional(),
  securityHeaders: securityHeadersSchema.optional(),
  compress: compressSchema.optional(),
};

export const pluginsSchema = (description: string) =>
  mapping(plugins, description, "write plugins by name: `jwt: { … }`");

export type PluginsWritten = z.output<ReturnType<typeof pluginsSchema>>;

/** The written plugins as the gateway runs them: `headers` is two, one each way. */
export function pluginSet(written: PluginsWritten): PluginSet {
  const { ipAllow, ipDeny, cors, jwt, rateLimit, contentTypes, headers, transform, hsts } = written;
  const { securityHeaders, compress, bodySchema } = written;
  return {
    ...(ipAllow && { ipAllow: { prefixes: ipAllow } }),
    ...(ipDeny && { ipDeny: { prefixes: ipDeny } }),
    ...(cors && { cors }),
    ...(jwt && { jwt }),
    ...(rateLimit && { rateLimit }),
    ...(contentTypes && { contentTypes: { types: contentTypes } }),
    ...(bodySchema && { bodySchema }),
    ...(headers?.request && { requestHeaders: headers.request }),
    ...(headers?.response && { responseHeaders: headers.response }),
    ...(transform?.path !== undefined && { path: { template: transform.path } }),
    ...(transform?.query && { query: transform.query }),
    ...(transform?.response?.status && { responseStatus: { map: transform.response.status } }),
    ...(transform?.response?.body && { responseBody: transform.response.body }),
    ...(hsts && { hsts }),
    ...(securityHeaders && { securityHeaders }),
    ...(compress && { compress }),
  };
}
