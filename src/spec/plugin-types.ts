// Plugins after parsing: what a policy or a route's `use` asks for.

/** Plugin configurations by name; absent: the plugin does not run. */
export interface PluginSet {
  readonly ipAllow?: { readonly prefixes: readonly string[] };
  readonly ipDeny?: { readonly prefixes: readonly string[] };
  readonly cors?: CorsSpec;
  readonly jwt?: JwtSpec;
  readonly rateLimit?: RateLimitSpec;
  /** Lower-case media types, or `image/*`. */
  readonly contentTypes?: { readonly types: readonly string[] };
  readonly bodySchema?: BodySchemaSpec;
  /** The whole path that the service gets, with templates, not encoded. */
  readonly path?: { readonly template: string };
  readonly requestHeaders?: HeaderEdits;
  readonly query?: QueryEdits;
  /** The status that clients get in place of the service's. */
  readonly responseStatus?: { readonly map: readonly (readonly [from: number, to: number])[] };
  readonly responseBody?: ResponseBodySpec;
  readonly securityHeaders?: SecurityHeadersSpec;
  readonly responseHeaders?: HeaderEdits;
  readonly hsts?: { readonly maxAgeSeconds: number; readonly includeSubdomains: boolean; readonly preload: boolean };
  readonly compress?: CompressSpec;
}

export type PluginName = keyof PluginSet;

export interface CorsSpec {
  /** Lower-case origins, `https://*.example.com`, or `*` alone. */
  readonly origins: readonly string[];
  /** Absent: those of the route. */
  readonly methods?: readonly string[];
  readonly headers: readonly string[];
  readonly expose: readonly string[];
  /** Never with `*`. */
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

export interface JwtSpec {
  readonly issuer?: string;
  /** One of them must be in `aud`; empty: not checked. */
  readonly audience: readonly string[];
  readonly skewSeconds: number;
  /** JWKs written in the file (RFC 7517), exactly as given. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** A JWKS file on the edge host; exclusive with `keys`. */
  readonly jwksFile?: string;
}

export interface RateLimitSpec {
  readonly per:
    | { readonly kind: "clientIp" | "subject" | "route" }
    | { readonly kind: "header"; readonly name: string };
  /** Tokens refilled every `perMs`. */
  readonly tokens: number;
  readonly perMs: number;
  /** The bucket's size, tokens. */
  readonly burst: number;
}

/** By decoded names; values are not encoded, and may hold templates. */
export interface QueryEdits {
  readonly rename: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface SecurityHeadersSpec {
  readonly frames: "deny" | "sameOrigin" | "any";
  readonly referrer: string;
  readonly isolate: boolean;
  readonly contentSecurityPolicy?: string;
  readonly permissions?: string;
}

export interface BodySchemaSpec {
  /** A JSON Schema as it is written, checked (body-schema/check.ts). */
  readonly schema: unknown;
  readonly types: readonly string[];
  /** As it is written (else bodyBytesUnlessTold): no more than the route's own limit. */
  readonly maxBytes?: number;
  /** Whether POST, PUT and PATCH need a body. */
  readonly isRequired: boolean;
}

export interface ResponseBodySpec {
  readonly edits: readonly BodyEdit[];
  /** Texts for others, one pair after the other. */
  readonly replace: readonly (readonly [text: string, by: string])[];
  /** Lower-case media types, or `text/*`. */
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** A body that cannot be changed is refused. */
  readonly isStrict: boolean;
}

/** An edit of JSON. `path` are the steps to a member: names, places in lists, `*` for each. */
export type BodyEdit = { readonly path: readonly string[] } & (
  | { readonly kind: "rename"; readonly value: string }
  | { readonly kind: "remove" }
  | { readonly kind: "set"; readonly value: unknown }
);

export interface CompressSpec {
  /** The preferred one first. */
  readonly encodings: readonly ("br" | "gzip")[];
  /** Lower-case media types, or `text/*`. */
  readonly types: readonly string[];
  /** Answers below this are sent as they are. */
  readonly minBytes: number;
}

export interface HeaderEdits {
  /** New name by old. */
  readonly rename: Readonly<Record<string, string>>;
  /** Values may hold templates (template.ts), here and in `add`. */
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}
