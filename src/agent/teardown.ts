// Removes everything that agents made on this machine, from what is found: it needs no agent that ended well, and no state.
import { rmSync } from "node:fs";
import type { Clock } from "../lib/clock.ts";
import { change, type Exec } from "../lib/exec.ts";
import type { Paths } from "../lib/paths.ts";
import { firewallPath, lockPath, wireguardFolder } from "./files.ts";
import { undoHooks } from "./hooks/undo.ts";
import { demandNoAgent, foreignAgent } from "./lock.ts";
import { parseRoutes, parseRules } from "./machine/ip-json.ts";
import { openSettings } from "./machine/settings.ts";
import { ruleWords } from "./overlay/diff-routes.ts";
import { firewallTable } from "./overlay/firewall.ts";
import { families, planeNames, routeProtocol } from "./overlay/model.ts";
import { removeTraceTable } from "./trace/trace.ts";
import { recordedLinks, userspaceWireGuard } from "./wireguard/userspace.ts";
import { linkExists, readDevice } from "./wireguard/wireguard.ts";

export interface TeardownOptions {
  readonly paths: Paths;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Gets the words of each change before it is made. */
  readonly announce: (command: string) => void;
}

/** Throws AppError while another process's agent runs. What is kept: keys, identity and the last state, with which an agent that starts comes up again. */
export async function teardown(options: TeardownOptions): Promise<void> {
  const { exec, announce } = options;
  const folder = options.paths.agent;
  demandNoAgent(folder);
  const foreign = foreignAgent(folder);
  if (foreign) return announce(`the overlay stays: it is that of this machine's own agent (process ${foreign.pid})`);
  const run = (file: string, ...args: string[]) => change(exec, announce, file, args);
  await removeLinks(options);
  for (const family of families) {
    const rules = parseRules((await exec("ip", ["-json", `-${family}`, "rule", "show"])).stdout, family);
    for (const rule of rules) await run("ip", `-${family}`, "rule", "del", ...ruleWords(rule));
    const routes = await exec("ip", ["-json", `-${family}`, "route", "show", "table", "all", "proto", routeProtocol]);
    if (parseRoutes(routes.stdout).length > 0)
      await run("ip", `-${family}`, "route", "flush", "table", "all", "proto", routeProtocol);
  }
  const table = firewallTable.split(" ");
  if ((await exec("nft", ["list", "table", ...table])).code === 0) await run("nft", "delete", "table", ...table);
  await removeTraceTable(exec, announce);
  openSettings(folder, announce).restore();
  await undoHooks(options);
  for (const path of [firewallPath(folder), lockPath(folder), wireguardFolder(folder)])
    rmSync(path, { recursive: true, force: true });
}

/** Interfaces with Portway's names, if they are WireGuard's or one of its processes is known. */
async function removeLinks(options: TeardownOptions): Promise<void> {
  const folder = wireguardFolder(options.paths.agent);
  const recorded = recordedLinks(folder);
  const { remove } = userspaceWireGuard({ ...options, folder }); // also right for interfaces without a process
  for (const link of planeNames) {
    const isOurs =
      recorded.includes(link) || (linkExists(link) && (await readDevice(options.exec, link)) !== undefined);
    if (isOurs) await remove(link);
  }
}
