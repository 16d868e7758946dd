// Routes after parsing.
import type { PluginSet } from "./plugin-types.ts";
import type { TimeoutsSpec } from "./service-types.ts";

export interface RouteSpec {
  readonly name: string;
  /** Lower-case names, exact or `*.example.com`; `*` any. */
  readonly hosts: readonly string[];
  readonly paths: readonly PathMatch[];
  /** Upper-case methods; empty: all. */
  readonly methods: readonly string[];
  /** What it asks of headers and of the query, sorted by name. */
  readonly headers: readonly Condition[];
  readonly query: readonly Condition[];
  /** Absent: the route answers itself, or has several. */
  readonly service?: string;
  readonly split?: SplitSpec;
  readonly redirect?: RedirectSpec;
  readonly respond?: RespondSpec;
  readonly rewrite?: RewriteSpec;
  readonly mirror?: MirrorSpec;
  /** Requests are answered with 503 instead. */
  readonly maintenance?: { readonly retryAfterSeconds: number };
  /** The effective plugins: the named policies in order, then `use`; a later one replaces an earlier of the same name. */
  readonly plugins: PluginSet;
  /** The largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** Those that differ from its service's. */
  readonly timeouts: Partial<TimeoutsSpec>;
  /** Whether bodies are held back: of requests until they are whole, of responses while the client is slow. */
  readonly buffering: { readonly request: boolean; readonly response: boolean };
}

/** Copies of requests for another service. */
export interface MirrorSpec {
  readonly service: string;
  readonly percent: number;
  /** Of a body; requests with a larger one are not copied. */
  readonly mostBytes: number;
}

/** Services by weight; one at least has a weight above 0. */
export interface SplitSpec {
  readonly services: readonly { readonly name: string; readonly weight: number }[];
  /** What keeps a client with its service. */
  readonly keep?:
    | { readonly kind: "cookie"; readonly name: string; readonly maxAgeSeconds?: number }
    /** Its name in lower case. */
    | { readonly kind: "header"; readonly name: string };
}

/** Where clients are sent; what it does not name is the request's. */
export interface RedirectSpec {
  readonly status: number;
  readonly scheme?: "http" | "https";
  /** A lower-case name, `:port` after it where that is not the scheme's own. */
  readonly host?: string;
  /** The whole path; exclusive with `prefix`. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

/** What the service gets; what it does not name is the request's. */
export interface RewriteSpec {
  /** A lower-case name, and `:port` where one is written. */
  readonly host?: string;
  /** The whole path; exclusive with `prefix`. */
  readonly path?: string;
  /** In place of what the route's path names, without its last slash. */
  readonly prefix?: string;
}

/** A fixed answer. */
export interface RespondSpec {
  readonly status: number;
  /** By name as written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a route asks of a header (its name in lower case) or of a parameter of the query. */
export interface Condition {
  readonly name: string;
  readonly match: "exact" | "present" | "prefix";
  /** Empty for `present`. */
  readonly value: string;
}

/** A segment `{name}` stands for any. `/orders/` and `/orders/*` are prefixes (segment boundary), `= /orders` style exact is written without a trailing slash or star. */
export interface PathMatch {
  readonly kind: "exact" | "prefix";
  /** For a prefix without its last `/`: `/orders` matches `/orders` and `/orders/…`; `` matches all. */
  readonly path: string;
}
