// Reads what there is of the overlay on this machine: five short commands and a few small files.
import type { Exec, Ran } from "../../lib/exec.ts";
import { type Actual, type LinkState, routeProtocol } from "../overlay/model.ts";
import { onwardLinks } from "../subnets/onward-links.ts";
import { readDevice } from "../wireguard/wireguard.ts";
import { firewallHolds, printedFirewall } from "./firewall.ts";
import { parseLinks, parseRoutes, parseRules } from "./ip-json.ts";
import { readOwnRoutes } from "./own-networks.ts";
import type { Settings } from "./settings.ts";

export interface Reader {
  readonly exec: Exec;
  readonly folder: string;
  readonly settings: Settings;
}

const timeoutMs = 5_000;

/** `onward`: networks that this host routes for others. */
export async function readActual({ exec, folder, settings }: Reader, onward: readonly string[] = []): Promise<Actual> {
  const ip = async (...words: string[]) => textOf(words, await exec("ip", words, { timeoutMs }));
  const ownRoutes = onward.length === 0 ? [] : await readOwnRoutes(exec);
  const [addresses, routes, rules4, rules6, printed] = await Promise.all([
    ip("-json", "address", "show"),
    ip("-json", "route", "show", "table", "all", "proto", routeProtocol),
    ip("-json", "-4", "rule", "show"),
    ip("-json", "-6", "rule", "show"),
    printedFirewall(exec),
  ]);
  return {
    links: await withDevices(exec, parseLinks(addresses)),
    routes: parseRoutes(routes),
    rules: [...parseRules(rules4, 4), ...parseRules(rules6, 6)],
    ownRoutes,
    firewallHolds: firewallHolds(folder, printed?.digest),
    ...(printed && { traffic: printed.traffic }),
    settings: settings.read(onwardLinks(onward, ownRoutes).map(({ name }) => name)),
    changedSettings: settings.changed(),
  };
}

async function withDevices(exec: Exec, links: ReadonlyMap<string, LinkState>): Promise<ReadonlyMap<string, LinkState>> {
  const read = [...links].map(async ([name, link]) => {
    const device = await readDevice(exec, name);
    return [name, { ...link, ...(device && { device }) }] as const;
  });
  return new Map(await Promise.all(read));
}

function textOf(words: readonly string[], ran: Ran): string {
  if (ran.code !== 0) throw new Error(`ip ${words.join(" ")}: ${ran.stderr.trim()}`);
  return ran.stdout;
}
