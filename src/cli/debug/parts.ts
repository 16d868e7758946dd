// What a debug bundle is made of. Nothing is asked for that holds secrets by its nature (keys, the file, tokens, requests);
// what slips into the rest is taken out afterwards (redact.ts).
import { join } from "node:path";
import type { Paths } from "../../lib/paths.ts";
import type { ApiRouteId } from "../../wire/api-routes.ts";
import { logFolder } from "../foreground.ts";

/** One file of the bundle, and where its text comes from. */
export interface Part {
  /** Its path inside the bundle. */
  readonly name: string;
  readonly from:
    | { readonly kind: "command"; readonly words: readonly [string, ...string[]] }
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "api"; readonly route: ApiRouteId; readonly query?: Readonly<Record<string, string | number>> };
}

/** Lines of each program's log, newest last. */
const logLines = 5000;
const units = ["control", "agent", "edge", "nginx", "stream"].map((name) => `--unit=portway-${name}.service`);

export const partsOf = (paths: Paths, byUnits: boolean): readonly Part[] => [
  ...commands.map(([name, ...words]): Part => ({ name, from: { kind: "command", words } })),
  ...answers.map(([name, route, query]): Part => ({ name, from: { kind: "api", route, ...(query && { query }) } })),
  ...filesOf(paths, byUnits),
  ...(byUnits ? [journal] : []),
];

const commands: readonly (readonly [name: string, file: string, ...words: string[]])[] = [
  ["machine/kernel.txt", "uname", "-a"],
  ["machine/release.txt", "cat", "/etc/os-release"],
  ["machine/clock.txt", "timedatectl"],
  ["machine/disk.txt", "df", "-h"],
  ["machine/memory.txt", "free", "-m"],
  ["machine/sockets.txt", "ss", "-lntup"],
  ["machine/programs.txt", "ps", "-eo", "pid,ppid,user,etimes,pcpu,rss,stat,comm"],
  ["machine/units.txt", "systemctl", "--no-pager", "--all", "list-units", "portway-*", "nginx*", "wireguard*"],
  ["network/links.json", "ip", "-s", "-d", "-j", "link"],
  ["network/addresses.json", "ip", "-j", "addr"],
  ["network/routes-ipv4.json", "ip", "-j", "route", "show", "table", "all"],
  ["network/routes-ipv6.json", "ip", "-6", "-j", "route", "show", "table", "all"],
  ["network/rules-ipv4.json", "ip", "-j", "rule"],
  ["network/rules-ipv6.json", "ip", "-6", "-j", "rule"],
  ["network/firewall.txt", "nft", "list", "ruleset"],
  ["network/settings.txt", "sysctl", "--all", "--pattern", "^net\\.(core|ipv4\\.(ip_forward|conf|tcp)|ipv6\\.conf)"],
  ["network/wireguard.txt", "wg", "show"], // hides private keys, which `wg show all dump` does not
];

const answers: readonly (readonly [name: string, route: ApiRouteId, query?: Readonly<Record<string, number>>])[] = [
  ["control/status.json", "status"],
  ["control/hosts.json", "hostsList"],
  ["control/audit.json", "audit", { limit: 200 }],
  ["control/audit-verify.json", "auditVerify"],
];

function filesOf(paths: Paths, byUnits: boolean): readonly Part[] {
  const file = (name: string, ...path: string[]): Part => ({ name, from: { kind: "file", path: join(...path) } });
  return [
    file("agent/state.json", paths.agent, "state.json"),
    file("agent/firewall.json", paths.agent, "firewall.json"),
    file("agent/settings.json", paths.agent, "settings.json"),
    file("agent/tunnels.json", paths.tunnels),
    file("identity/certificate.pem", paths.identity, "certificate.pem"),
    file("identity/authority.pem", paths.identity, "ca.pem"),
    file("edge/nginx.conf", paths.edge, "nginx.conf"),
    file("edge/stream.conf", paths.edge, "stream", "nginx.conf"),
    file("edge/logs/error.log", paths.edge, "logs", "error.log"),
    file("edge/logs/stream-error.log", paths.edge, "logs", "stream-error.log"),
    ...(byUnits ? [] : ["control", "agent", "edge"]).map((program) =>
      file(`logs/${program}.log`, logFolder(paths.stateDir), `${program}.log`),
    ),
  ];
}

const journal: Part = {
  name: "logs/journal.txt",
  from: { kind: "command", words: ["journalctl", "--no-pager", "--quiet", `--lines=${logLines}`, ...units] },
};
