// Names that point at nothing. Works on the value as it was written, so that these show beside errors of any other kind.
import { parseAddress } from "../../net/address.ts";
import { nearest } from "../did-you-mean.ts";
import { errorAt, Fault, type Finding, type Path, quote, warningAt } from "../issue.ts";
import { at, entries, items, texts } from "../raw.ts";
import { parseDestination, roles } from "../selectors.ts";

/** More unknown names than this are not compared letter by letter with the known ones. */
const maxGuesses = 20;

/** Findings for every name that the file uses and does not define. */
export function checkReferences(file: unknown): Finding[] {
  const names = namesOf(file);
  return referencesOf(file).reduce<Finding[]>((findings, reference) => {
    const guess: Guess = (text, known) => (findings.length < maxGuesses ? nearest(text, known) : undefined);
    const finding = findingOf(reference, names, guess);
    if (finding) findings.push(finding);
    return findings;
  }, []);
}

type Kind = "host" | "tag" | "role" | "service" | "policy";
type Names = Readonly<Record<Kind, ReadonlySet<string>>>;
type Guess = (text: string, known: Iterable<string>) => string | undefined;

interface Reference {
  readonly kind: Kind;
  readonly name: string;
  readonly path: Path;
}

function referencesOf(file: unknown): Reference[] {
  const rules = items(at(file, "access")).flatMap(([index, rule]) =>
    ["from", "to"].flatMap((key) => selectorsIn(at(rule, key), ["access", index, key])),
  );
  const services = entries(at(file, "services")).flatMap(([name, service]) => [
    ...selectorsIn(at(service, "targets"), ["services", name, "targets"]),
    ...items(at(service, "targets")).flatMap(([index, target]) =>
      selectorOf(at(target, "select"), ["services", name, "targets", index, "select"]),
    ),
  ]);
  const routes = items(at(file, "routes")).flatMap(([index, route]): Reference[] => {
    const service = at(route, "service");
    const copies = at(at(route, "mirror"), "service");
    const path = ["routes", index];
    return [
      ...(typeof service === "string" ? [{ kind: "service" as const, name: service, path: [...path, "service"] }] : []),
      ...(typeof copies === "string"
        ? [{ kind: "service" as const, name: copies, path: [...path, "mirror", "service"] }]
        : []),
      ...items(at(route, "services")).flatMap(([entry, share]): Reference[] => {
        const name = at(share, "name");
        return typeof name === "string" ? [{ kind: "service", name, path: [...path, "services", entry, "name"] }] : [];
      }),
      ...texts(at(route, "policies")).map(([entry, name]): Reference => {
        return { kind: "policy", name, path: [...path, "policies", entry] };
      }),
    ];
  });
  const listeners = items(at(file, "listeners")).flatMap(([index, listener]): Reference[] => {
    const named: [unknown, Path][] = [
      [at(listener, "service"), ["listeners", index, "service"]],
      ...items(at(listener, "sni")).map(([entry, one]): [unknown, Path] => {
        return [at(one, "service"), ["listeners", index, "sni", entry, "service"]];
      }),
    ];
    return named.flatMap(([name, path]) => (typeof name === "string" ? [{ kind: "service", name, path }] : []));
  });
  const tests = items(at(file, "tests")).flatMap(([index, test]) =>
    ["from", "to"].flatMap((key): Reference[] => {
      const name = at(test, key);
      const isName = typeof name === "string" && (key === "from" || parseAddress(name) === undefined);
      return isName ? [{ kind: "host", name, path: ["tests", index, key] }] : [];
    }),
  );
  const exits = entries(at(file, "hosts")).flatMap(([host, written]) =>
    texts(at(at(written, "tunnel"), "exits")).map(([index, name]): Reference => {
      return { kind: "host", name, path: ["hosts", host, "tunnel", "exits", index] };
    }),
  );
  return [...exits, ...rules, ...tests, ...services, ...routes, ...listeners];
}

/** The names in a list of selectors; what is no selector is the schema's to report. */
function selectorsIn(value: unknown, path: Path): Reference[] {
  return texts(value).flatMap(([index, text]) => selectorOf(text, [...path, index]));
}

function selectorOf(text: unknown, path: Path): Reference[] {
  const selector = typeof text === "string" ? parseDestination(text) : undefined;
  if (selector === undefined || selector instanceof Fault) return [];
  if (selector.kind === "all" || selector.kind === "prefix" || selector.kind === "internet") return [];
  return [{ kind: selector.kind, name: selector.name, path }];
}

function namesOf(file: unknown): Names {
  const keys = (section: string) => new Set(entries(at(file, section)).map(([name]) => name));
  const hosts = entries(at(file, "hosts")).map(([, host]) => host);
  const used = (key: string) => new Set(hosts.flatMap((host) => texts(at(host, key)).map(([, text]) => text)));
  return {
    host: keys("hosts"),
    tag: used("tags"),
    role: new Set([...used("roles")].filter((role) => (roles as readonly string[]).includes(role))),
    service: keys("services"),
    policy: keys("policies"),
  };
}

/** A tag or role without hosts can be meant: join tokens carry tags, and hosts come later. */
function findingOf({ kind, name, path }: Reference, names: Names, guess: Guess): Finding | undefined {
  if (names[kind].has(name)) return undefined;
  const near = guess(name, names[kind]);
  if (kind === "tag" || kind === "role") {
    const hint = near ? `did you mean ${kind}:${near}?` : `give it to a host: { ${kind}s: [${name}] }`;
    return warningAt(path, "selectsNothing", `no host of the file has the ${kind} ${name}`, hint);
  }
  const section = kind === "policy" ? "policies" : `${kind}s`;
  const meantTag = kind === "host" && names.tag.has(name);
  const hint = meantTag ? `did you mean tag:${name}?` : near ? `did you mean ${near}?` : `add it to \`${section}\``;
  return errorAt(path, "unknownName", `there is no ${kind} ${quote(name)}`, hint);
}
