// Every plugin, first to run first (the order that a request's safety needs: who may ask at all before what it costs to answer). A new plugin is a file beside this one and a line here; the order
// is the one of src/plan/plugin-table.ts.
import type { PluginConfigs } from "../../wire/edge-plugins.ts";
import { bodySchema } from "./body-schema.ts";
import { compress } from "./compress.ts";
import { contentTypes } from "./content-types.ts";
import { cors } from "./cors.ts";
import { requestHeaders, responseHeaders } from "./header-edits.ts";
import { hsts } from "./hsts.ts";
import { ipAllow, ipDeny } from "./ip-lists.ts";
import { jwt } from "./jwt.ts";
import { path } from "./path-template.ts";
import type { AnyPlugin } from "./plugin.ts";
import { query } from "./query-edits.ts";
import { rateLimit } from "./rate-limit.ts";
import { responseBody } from "./response-body.ts";
import { responseStatus } from "./response-status.ts";
import { securityHeaders } from "./security-headers.ts";

export const plugins: readonly AnyPlugin[] = [
  ipDeny,
  ipAllow,
  cors,
  jwt,
  rateLimit,
  contentTypes,
  bodySchema,
  path,
  requestHeaders,
  query,
  responseStatus,
  responseBody,
  securityHeaders,
  responseHeaders,
  hsts,
  compress,
];

export function pluginNamed(name: keyof PluginConfigs): AnyPlugin | undefined {
  return plugins.find((plugin) => plugin.name === name);
}
