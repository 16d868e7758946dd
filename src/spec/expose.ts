// `portway expose api-1:8080 --host api.example.com`: the rule, service and route that make a port public.
import { nearest } from "./did-you-mean.ts";
import { addEntry, scalarText } from "./edit.ts";
import { Fault, type Issue, quote } from "./issue.ts";
import { formatPathMatch } from "./matching.ts";
import { parseSpec } from "./parse.ts";
import { allowsTcp, formatSelector, selects } from "./selectors.ts";
import type { ServiceSpec } from "./service-types.ts";
import type { HostSpec, Spec } from "./types.ts";

export interface Exposure {
  /** The host of the network that serves it, and its port there. */
  readonly host: string;
  readonly port: number;
  /** The public name. */
  readonly hostname: string;
  /** `/` unless told. */
  readonly path?: string;
  /** The route's name; made from the host's unless told. */
  readonly name?: string;
}

export interface Exposed {
  readonly text: string;
  /** What was added, a line each, as it stands in the file. */
  readonly added: readonly { readonly section: string; readonly entry: string }[];
}

/** The file with what an exposure needs and lacks; every other line stays. A fault says why it cannot be. */
export function exposeService(text: string, exposure: Exposure): Exposed | Fault {
  const { spec, issues } = parseSpec(text);
  if (!spec) return invalid(issues);
  if (!Object.hasOwn(spec.hosts, exposure.host)) {
    const known = Object.keys(spec.hosts);
    const meant = nearest(exposure.host, known);
    return new Fault(
      "unknownName",
      `there is no host ${quote(exposure.host)} in the file`,
      `${meant ? `did you mean ${meant}? ` : ""}its hosts are ${known.join(", ") || "none yet"}`,
    );
  }
  const service = serviceFor(spec, exposure);
  const added = [
    ...(isReachable(spec, exposure) ? [] : [{ section: "access", entry: ruleEntry(exposure) }]),
    ...(Object.hasOwn(spec.services, service) ? [] : [{ section: "services", entry: serviceEntry(service, exposure) }]),
    { section: "routes", entry: routeEntry(spec, service, exposure) },
  ];
  const result = added.reduce((before, { section, entry }) => addEntry(before, section, entry), text);
  const problem = parseSpec(result).issues.find(isError);
  if (problem?.code === "routeTaken") return taken(spec, exposure);
  return problem ? new Fault(problem.code, problem.message, problem.hint) : { text: result, added };
}

function invalid(issues: readonly Issue[]): Fault {
  const { line = 1, message = "it cannot be read" } = issues.find(isError) ?? {};
  return new Fault("invalidSpec", `line ${line}: ${message}`, "mend it first: portway validate");
}

/** What is asked for is public already: said of the route that the file has, not of one that it would have got. */
function taken({ routes }: Spec, { hostname, path = "/" }: Exposure): Fault {
  const owner = routes.find(
    ({ hosts, paths }) => hosts.includes(hostname) && paths.map(formatPathMatch).includes(path),
  );
  const message = `${hostname}${path} is public already${owner ? `, by the route ${owner.name}` : ""}`;
  return new Fault("routeTaken", message, "give another --host or --path, or change that route in the file");
}

function isError(issue: { severity: string }): boolean {
  return issue.severity === "error";
}

/** The service that is this host and port already, or a free name for one. */
function serviceFor(spec: Spec, { host, port }: Exposure): string {
  const is = ({ targets, port: its }: ServiceSpec) => its === port && targets.map(formatSelector).join() === host;
  const known = Object.entries(spec.services).find(([, service]) => is(service))?.[0];
  return known ?? freeName([host, `${host}-${port}`], Object.keys(spec.services));
}

function freeName(wishes: readonly string[], taken: readonly string[]): string {
  const last = wishes.at(-1)!.slice(0, 58);
  const numbered = taken.map((_, index) => `${last}-${index + 2}`);
  return (
    [...wishes, ...numbered].find((name) => name.length <= 63 && !taken.includes(name)) ?? `${last}-${taken.length + 2}`
  );
}

/** Whether every edge may open the port already. */
function isReachable({ hosts, access }: Spec, { host, port }: Exposure): boolean {
  const named = (name: string, described: HostSpec) => ({ name, ...described });
  const target = named(host, hosts[host]!);
  const rules = access.filter(
    (rule) =>
      rule.allow.some((allowance) => allowsTcp(allowance, port)) &&
      rule.to.some((selector) => selects(selector, target)),
  );
  return Object.entries(hosts)
    .filter(([name, described]) => described.roles.includes("edge") && name !== host)
    .every(([name, described]) =>
      rules.some((rule) => rule.from.some((selector) => selects(selector, named(name, described)))),
    );
}

function ruleEntry({ host, port }: Exposure): string {
  return `- { from: [role:edge], to: [${scalarText(host)}], allow: [tcp/${port}] }`;
}

function serviceEntry(name: string, { host, port }: Exposure): string {
  return `${scalarText(name)}: { targets: [${scalarText(host)}], port: ${port} }`;
}

function routeEntry({ routes }: Spec, service: string, { hostname, path, name }: Exposure): string {
  const taken = routes.map((route) => route.name);
  const fields = [
    `name: ${scalarText(name ?? freeName([service], taken))}`,
    `hosts: [${scalarText(hostname)}]`,
    ...(path === undefined ? [] : [`paths: [${scalarText(path)}]`]),
    `service: ${scalarText(service)}`,
  ];
  return `- { ${fields.join(", ")} }`;
}
