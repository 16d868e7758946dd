// The file of the simulation, as the last apply left it: every part that may change, and its text.
import type { Random } from "./random.ts";

export interface FileParts {
  readonly hosts: Readonly<
    Record<string, { readonly tags: readonly string[]; readonly relay: boolean; readonly endpoint?: number }>
  >;
  readonly rules: readonly string[];
}

const tags = ["a", "b", "c"];
const ends = [...tags.map((tag) => `tag:${tag}`), "role:relay", "all"];
const mostRules = 6;

export function firstFile(names: readonly string[]): FileParts {
  const hosts = names.map((name, index) => [
    name,
    { tags: [tags[index % 3]!], relay: index < 2, endpoint: index % 3 === 0 || index < 2 ? 1 : 0 },
  ]);
  return {
    hosts: Object.fromEntries(hosts),
    rules: tags.map((tag) => `{ from: [tag:${tag}], to: [tag:${tag}], allow: [tcp/80] }`),
  };
}

export function fileText({ hosts, rules }: FileParts): string {
  const lines = Object.entries(hosts).map(([name, { tags: own, relay, endpoint }]) => {
    const fields = [`tags: [${own.join(", ")}]`, ...(relay ? ["roles: [relay]"] : [])];
    if (endpoint) fields.push(`endpoint: "192.0.${name.split("-")[1]}.${endpoint}:51820"`);
    return `  ${name}: { ${fields.join(", ")} }`;
  });
  return `version: 1\nnetwork: { name: churn, ipv4: 10.77.0.0/16, grace: 10m }\nhosts:\n${lines.join("\n")}\naccess:\n${rules.map((rule) => `  - ${rule}`).join("\n")}\n`;
}

/** One change that a person could make. */
export function changedFile(file: FileParts, names: readonly string[], random: Random): FileParts {
  const name = random.one(names);
  const host = file.hosts[name];
  const withHost = (change: Partial<FileParts["hosts"][string]>) => ({
    ...file,
    hosts: { ...file.hosts, [name]: { ...(host ?? { tags: [random.one(tags)], relay: false }), ...change } },
  });
  const kind = random.below(10);
  if (kind < 4) return withHost({ endpoint: host?.relay ? 1 + random.below(3) : random.below(4) });
  if (kind < 6) return withHost({ tags: tags.filter(() => random.chance(0.5)) });
  if (kind === 6) return withHost({ relay: random.chance(0.3), endpoint: 1 + random.below(3) });
  if (kind === 7 && host) {
    const { [name]: _, ...rest } = file.hosts;
    return Object.keys(rest).length > names.length / 2 ? { ...file, hosts: rest } : file;
  }
  if (file.rules.length > 1 && (random.chance(0.4) || file.rules.length >= mostRules)) {
    const gone = random.below(file.rules.length);
    return { ...file, rules: file.rules.filter((_, index) => index !== gone) };
  }
  const relay = random.chance(0.1) ? ", relay: never" : "";
  const time = random.chance(0.1) ? `, for: ${1 + random.below(9)}m` : "";
  const rule = `{ from: ["${random.one(ends)}"], to: ["${random.one(ends)}"], allow: [tcp/${80 + random.below(5)}]${relay}${time} }`;
  return { ...file, rules: [...file.rules, rule] };
}
