// Files of an edge that a plan makes it read: control cannot see them, the edge says what is wrong with those that it reads now.
import type { KeysSource, NginxObject } from "../wire/edge.ts";
import type { ServiceObject } from "../wire/edge-service.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Compiled } from "./compiled.ts";
import { own } from "./own.ts";

/**
 * What each edge says of files that it goes on reading, and which files it has to have besides. `saidOf`: what an edge warned of
 * lately.
 */
export function edgeFileRisks(
  before: Compiled | undefined,
  after: Compiled,
  saidOf: (host: string) => readonly Warning[] | undefined,
): readonly Warning[] {
  return Object.keys(after.hosts).flatMap((host): Warning[] => {
    const objects = own(after.hosts, host)?.edge;
    if (!objects) return [];
    const old = before && own(before.hosts, host)?.edge;
    if (old === objects) return [];
    const known = new Set(filesOf(old ?? {}));
    const files = filesOf(objects);
    const wanting = files.filter((file) => !known.has(file));
    const goesOn = ({ subject = "" }: Warning) => known.has(subject) && files.includes(subject);
    const said = (saidOf(host) ?? []).filter(goesOn);
    return [...said.map((warning) => saidBy(host, warning)), ...(wanting.length > 0 ? [needed(host, wanting)] : [])];
  });
}

/** The edge's word is its own: it takes no code by which control tells of anything else. */
function saidBy(host: string, { severity, subject, text, hint }: Warning): Warning {
  return { code: "edgeFileSaid", severity, subject: host, text: `${host} says of ${subject}: ${text}`, hint };
}

function needed(host: string, files: readonly string[]): Warning {
  const those = files.length > 1 ? "them" : "it";
  return {
    code: "edgeFiles",
    severity: "info",
    subject: host,
    text: `${host} reads ${files.join(", ")} from now on`,
    hint: `put ${those} there before you apply, readable for the user that the edge runs as; \`portway status\` says what it cannot read`,
  };
}

/** Certificates, keys, key sets and authorities that these objects name, each once, sorted. */
function filesOf(objects: Objects): readonly string[] {
  const files = Object.entries(objects).flatMap(([key, text]): (string | undefined)[] => {
    if (key === "nginx") return filesOfNginx(JSON.parse(text) as NginxObject);
    if (key.startsWith("keys/")) return [pathOf(JSON.parse(text) as KeysSource)];
    if (!key.startsWith("service/") || !text.includes('"certificateFile"')) return [];
    const { tls } = JSON.parse(text) as ServiceObject;
    return [tls?.certificateFile, tls?.keyFile];
  });
  return [...new Set(files.filter((file) => file !== undefined))].sort();
}

const filesOfNginx = ({ certificates, trusts = [] }: NginxObject) => [
  ...certificates.flatMap(({ certificateFile, keyFile }) => [certificateFile, keyFile]),
  ...trusts.map(({ file }) => file),
];

const pathOf = (source: KeysSource) => (source.kind === "file" ? source.path : undefined);
