// What is odd about a token that is asked for: names that the file in force does not have. A host may join without the file, so
// these are no errors.
import { nearest } from "../spec/did-you-mean.ts";
import type { Spec } from "../spec/types.ts";
import type { TokenRequest } from "../wire/api.ts";
import type { Warning } from "../wire/warnings.ts";

/** `hosts` have joined, whether the file names them or not. */
export function tokenWarnings(
  { host, tags = [] }: Pick<TokenRequest, "host" | "tags">,
  spec: Spec | undefined,
  hosts: Iterable<string>,
): readonly Warning[] {
  if (spec === undefined) return [];
  const [names, known] = [Object.keys(spec.hosts), tagsOf(spec)];
  const isNew = host !== undefined && !names.includes(host) && ![...hosts].includes(host);
  return [
    ...(isNew ? [unknownName(host, nearest(host, names))] : []),
    ...tags.filter((tag) => !known.has(tag)).map((tag) => unknownTag(tag, nearest(tag, known))),
  ];
}

function unknownName(host: string, meant: string | undefined): Warning {
  return {
    code: "hostNotInFile",
    severity: "warning",
    subject: host,
    text: `the file names no host ${host}: it gets no role, and no tags but the token's`,
    hint: meant === undefined ? "add it to hosts: and apply, unless that is meant" : `did you mean ${meant}?`,
  };
}

function unknownTag(tag: string, meant: string | undefined): Warning {
  return {
    code: "tagNotInFile",
    severity: "warning",
    subject: tag,
    text: `no host, access rule or service of the file has the tag ${tag}`,
    hint: meant === undefined ? "use it in access: or services:, else it does nothing" : `did you mean ${meant}?`,
  };
}

function tagsOf({ hosts, access, services }: Spec): ReadonlySet<string> {
  const selectors = [
    ...access.flatMap(({ from, to }) => [...from, ...to]),
    ...Object.values(services).flatMap(({ targets }) => targets),
  ];
  return new Set([
    ...Object.values(hosts).flatMap(({ tags }) => tags),
    ...selectors.flatMap((one) => (one.kind === "tag" ? [one.name] : [])),
  ]);
}
