// What a plugin is told, by its name: the configurations of PluginObjects (edge.ts).
import type { BodySchemaConfig } from "./body-schema.ts";

export interface JwtConfig {
  readonly issuer?: string;
  readonly audience: readonly string[];
  readonly skewSeconds: number;
  /** Key of the KeysObject, without `keys/`. */
  readonly keys: string;
  /** Claims that templates of the route name. */
  readonly claims?: readonly string[];
}

export interface CorsConfig {
  /** Every origin may read answers; never with credentials. */
  readonly isOpen: boolean;
  readonly origins: readonly string[];
  /** Origins that begin and end so, with a name between. */
  readonly patterns: readonly { readonly start: string; readonly end: string }[];
  readonly credentials: boolean;
  /** Header values; an empty one is not sent. */
  readonly methods: string;
  readonly headers: string;
  readonly expose: string;
  readonly maxAge: string;
}

export interface RateLimitConfig {
  readonly per: "clientIp" | "subject" | "route" | "header";
  /** Lower-case header name when per is header. */
  readonly header?: string;
  /** Time between two tokens, microseconds (GCRA's emission interval). */
  readonly intervalMicros: number;
  readonly burst: number;
  /** For the RateLimit headers: the quota and its window. */
  readonly tokens: number;
  readonly perMs: number;
  /** Buckets of different configurations never share a key. */
  readonly id: string;
}

export interface IpListConfig {
  /** Canonical prefixes, sorted, none inside another. */
  readonly prefixes: readonly string[];
}

/** A text, or its parts: text and what a request fills in. Without one of those the whole value is missing. */
export type TemplateValue = string | readonly (string | TemplateField)[];

/** `client.ip`, `request.id`, a segment of the path, a header (lower-case), a query parameter or a claim by its name. */
export interface TemplateField {
  readonly from: "client" | "request" | "path" | "header" | "query" | "jwt";
  readonly name: string;
}

export interface HeaderEditsConfig {
  /** Old and new name. */
  readonly rename?: readonly (readonly [string, string])[];
  readonly set: readonly (readonly [string, TemplateValue])[];
  readonly add: readonly (readonly [string, TemplateValue])[];
  readonly remove: readonly string[];
}

export interface ContentTypesConfig {
  /** Lower-case media types, or `image/*`. */
  readonly types: readonly string[];
}

/** The path that the target gets, not encoded. */
export interface PathConfig {
  readonly path: TemplateValue;
}

/** By decoded names; values are not encoded. */
export interface QueryEditsConfig {
  readonly rename: readonly (readonly [string, string])[];
  readonly set: readonly (readonly [string, TemplateValue])[];
  readonly add: readonly (readonly [string, TemplateValue])[];
  readonly remove: readonly string[];
}

export interface ResponseStatusConfig {
  /** The target's status, and the one that the client gets. */
  readonly map: readonly (readonly [number, number])[];
}

export interface ResponseBodyConfig {
  /** Lower-case media types, or `text/*`; other answers are left as they are. */
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** What cannot be changed does not pass. */
  readonly isStrict: boolean;
  readonly json: readonly JsonEditConfig[];
  readonly replace: readonly (readonly [text: string, by: string])[];
}

export interface JsonEditConfig {
  /** Names of members, places in lists, `*` for each. */
  readonly path: readonly string[];
  readonly kind: "rename" | "remove" | "set";
  /** JSON: the new name, or the value; empty for `remove`. */
  readonly text: string;
  /** The last of the path, as JSON. */
  readonly name: string;
}

export interface SecurityHeadersConfig {
  readonly set: readonly (readonly [string, string])[];
  readonly remove: readonly string[];
}

export interface CompressConfig {
  /** Content codings, the preferred one first. */
  readonly encodings: readonly string[];
  /** Lower-case media types, or `text/*`. */
  readonly types: readonly string[];
  readonly minBytes: number;
}

export interface HstsConfig {
  /** The whole header value (RFC 6797). */
  readonly value: string;
}

/** Order is the order of execution. */
export interface PluginConfigs {
  readonly ipAllow: IpListConfig;
  readonly ipDeny: IpListConfig;
  readonly cors: CorsConfig;
  readonly jwt: JwtConfig;
  readonly rateLimit: RateLimitConfig;
  readonly contentTypes: ContentTypesConfig;
  readonly bodySchema: BodySchemaConfig;
  readonly path: PathConfig;
  readonly requestHeaders: HeaderEditsConfig;
  readonly query: QueryEditsConfig;
  readonly responseStatus: ResponseStatusConfig;
  readonly responseBody: ResponseBodyConfig;
  readonly securityHeaders: SecurityHeadersConfig;
  readonly responseHeaders: HeaderEditsConfig;
  readonly hsts: HstsConfig;
  readonly compress: CompressConfig;
}

export type PluginObject = {
  [Name in keyof PluginConfigs]: { readonly plugin: Name; readonly config: PluginConfigs[Name] };
}[keyof PluginConfigs];
