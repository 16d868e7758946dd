// What the file's language will have and this version cannot do: named and refused, never ignored. A line goes when its
// part works.

import { errorAt, type Finding, formatPath, type Path } from "./issue.ts";

interface Later {
  /** Keys from the top; `*` is any name or number, `plugins` is a policy or a route's `use`. */
  readonly at: string;
  /** What it is, as the sentence's subject. */
  readonly part: string;
  /** What to do meanwhile. */
  readonly hint: string;
  /** The key beside it that is missing because of it. */
  readonly insteadOf?: string;
}

const takeOut = "take it out";

export const later: readonly Later[] = [
  {
    at: "dns",
    part: "names inside the network",
    hint: "take it out, and use the addresses that `portway hosts` shows",
  },
  { at: "discovery", part: "discovery of targets", hint: "take it out, and list hosts or urls in services" },
  { at: "clients", part: "plain WireGuard clients", hint: "take it out, and join hosts with the agent" },
  { at: "consumers", part: "consumers and their groups", hint: takeOut },
  {
    at: "services.*.discover",
    insteadOf: "targets",
    part: "discovery of targets",
    hint: "list hosts in targets, or addresses and names in urls",
  },
  { at: "plugins.cache", part: "the response cache", hint: takeOut },
  {
    at: "plugins.jwt.jwks",
    part: "fetching keys from a URL",
    hint: "give the keys themselves (keys), or a file on the edge (jwksFile)",
  },
  { at: "plugins.mtls", part: "client certificates", hint: "use jwt" },
  { at: "plugins.introspection", part: "token introspection", hint: "use jwt" },
  { at: "plugins.apiKey", part: "API keys", hint: "use jwt" },
  { at: "plugins.oidc", part: "OpenID Connect sessions", hint: "use jwt" },
  {
    at: "plugins.authorize",
    part: "authorisation by scopes, claims and groups",
    hint: "let the service check them: the token is passed on",
  },
  { at: "plugins.bans", part: "ban lists", hint: "use ipDeny" },
  {
    at: "tls.acme",
    part: "getting certificates by itself",
    hint: "name certificate files in tls.certificates, or set selfSigned: true in a lab",
  },
  { at: "tls.clientAuthorities", part: "client certificates", hint: "use jwt" },
];

export interface NotYet {
  /** One for each part of the value that is not supported yet. */
  readonly findings: readonly Finding[];
  /** Paths on which the schema need say nothing more, as `formatPath` writes them. */
  readonly settled: ReadonlySet<string>;
}

/** Finds what the value asks for and this version cannot do. */
export function findNotYet(value: unknown): NotYet {
  const findings: Finding[] = [];
  const settled = new Set<string>();
  for (const entry of later) {
    const found = expand(entry.at).flatMap((pattern) => matches(value, pattern.split("."), []));
    for (const path of found) {
      const message = `not supported yet: ${entry.part}`;
      findings.push({ ...errorAt(path, "notSupportedYet", message, entry.hint), at: "key" });
      settled.add(formatPath(path));
      if (entry.insteadOf) settled.add(formatPath([...path.slice(0, -1), entry.insteadOf]));
    }
  }
  return { findings, settled };
}

/** The paths that an entry stands for. */
export function expand(at: string): string[] {
  return at.startsWith("plugins.") ? ["policies.*", "routes.*.use"].map((place) => at.replace("plugins", place)) : [at];
}

/** Paths of what the pattern stands for. */
function matches(value: unknown, pattern: readonly string[], path: Path): Path[] {
  const [key, ...rest] = pattern;
  if (key === undefined) return [path];
  if (Array.isArray(value))
    return key === "*" ? value.flatMap((item, index) => matches(item, rest, [...path, index])) : [];
  if (typeof value !== "object" || value === null) return [];
  const inner = value as Readonly<Record<string, unknown>>;
  const keys = key === "*" ? Object.keys(inner) : Object.hasOwn(inner, key) ? [key] : [];
  return keys.flatMap((one) => (leadsOn(inner[one], rest[0]) ? matches(inner[one], rest, [...path, one]) : []));
}

/** Most parts of a large file have none of the keys that are looked for: no path is made to them. */
function leadsOn(value: unknown, next: string | undefined): boolean {
  return (
    next === undefined || next === "*" || (typeof value === "object" && value !== null && Object.hasOwn(value, next))
  );
}
