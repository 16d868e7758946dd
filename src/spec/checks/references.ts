// Names that point at nothing. Works on the value as it was written, so that these show beside errors of any other kind.
import { nearest } from "../did-you-mean.ts";
import { Fault, type Finding, type Path, quote } from "../issue.ts";
import { parseSelector } from "../selectors.ts";

interface Names {
  readonly hosts: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

/** More unknown names than this are not compared letter by letter with the known ones. */
const maxGuesses = 20;

/** Findings for every name that the file uses and does not define. */
export function checkReferences(file: unknown): Finding[] {
  const names = namesOf(file);
  const findings: Finding[] = [];
  const report = (finding: Finding | undefined) => finding && findings.push(finding);
  const guess = (text: string, known: Iterable<string>) =>
    findings.length < maxGuesses ? nearest(text, known) : undefined;
  const selectors = (value: unknown, path: Path) => {
    for (const [index, text] of texts(value)) report(selectorFinding(text, [...path, index], names, guess));
  };
  for (const [index, rule] of items(at(file, "access"))) {
    selectors(at(rule, "from"), ["access", index, "from"]);
    selectors(at(rule, "to"), ["access", index, "to"]);
  }
  for (const [name, service] of entries(at(file, "services")))
    selectors(at(service, "targets"), ["services", name, "targets"]);
  for (const [index, route] of items(at(file, "routes"))) {
    const service = at(route, "service");
    if (typeof service === "string")
      report(unknown("service", service, ["routes", index, "service"], names.services, guess));
    for (const [entry, policy] of texts(at(route, "policies"))) {
      report(unknown("policy", policy, ["routes", index, "policies", entry], names.policies, guess));
    }
  }
  return findings;
}

type Guess = (text: string, known: Iterable<string>) => string | undefined;

function unknown(
  what: "service" | "policy" | "host",
  name: string,
  path: Path,
  known: ReadonlySet<string>,
  guess: Guess,
): Finding | undefined {
  if (known.has(name)) return undefined;
  const near = guess(name, known);
  const section = what === "policy" ? "policies" : `${what}s`;
  const hint = near ? `did you mean ${near}?` : `add it to \`${section}\``;
  return { severity: "error", code: "unknownName", path, message: `there is no ${what} ${quote(name)}`, hint };
}

function selectorFinding(text: string, path: Path, names: Names, guess: Guess): Finding | undefined {
  const selector = parseSelector(text);
  if (selector instanceof Fault || selector.kind === "all") return undefined;
  if (selector.kind === "host") {
    const missing = unknown("host", selector.name, path, names.hosts, guess);
    return missing && names.tags.has(selector.name)
      ? { ...missing, hint: `did you mean tag:${selector.name}?` }
      : missing;
  }
  if (selector.kind === "role" ? names.roles.has(selector.name) : names.tags.has(selector.name)) return undefined;
  const near = selector.kind === "tag" ? guess(selector.name, names.tags) : undefined;
  const hint = near ? `did you mean tag:${near}?` : `give it to a host: { ${selector.kind}s: [${selector.name}] }`;
  return {
    severity: "warning",
    code: "selectsNothing",
    path,
    message: `no host of the file has the ${selector.kind} ${selector.name}`,
    hint,
  };
}

function namesOf(file: unknown): Names {
  const keys = (section: string) => new Set(entries(at(file, section)).map(([name]) => name));
  const hosts = entries(at(file, "hosts")).map(([, host]) => host);
  const all = (key: string) => new Set(hosts.flatMap((host) => texts(at(host, key)).map(([, text]) => text)));
  return {
    hosts: keys("hosts"),
    tags: all("tags"),
    roles: all("roles"),
    services: keys("services"),
    policies: keys("policies"),
  };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(value: unknown, key: string): unknown {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function entries(value: unknown): [string, unknown][] {
  return isMapping(value) ? Object.entries(value) : [];
}

function items(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : [];
}

function texts(value: unknown): [number, string][] {
  return items(value).filter((item): item is [number, string] => typeof item[1] === "string");
}
