// What stops when a certain host is removed, told before it is: the machine that runs control, and the only edge.
import { existsSync } from "node:fs";
import { readIdentity } from "../lib/identity.ts";
import type { Paths } from "../lib/paths.ts";
import type { HostView } from "../wire/hosts.ts";

/** What ends with the removal of `name`, a sentence each; nothing for a host that the others go on without. */
export function whatEndsWith(name: string, hosts: readonly HostView[], paths: Paths): readonly string[] {
  const edges = hosts.filter((host) => host.joined && host.roles.includes("edge"));
  const isOnlyEdge = edges.length === 1 && edges[0]!.name === name;
  const runsControl = existsSync(paths.control) && readIdentity(paths.identity)?.name === name;
  return [
    ...(isOnlyEdge ? [`${name} is the only edge: every public request fails from then on`] : []),
    ...(runsControl ? [`${name} is this machine, which runs control: its tunnels end until \`portway up\``] : []),
  ];
}
