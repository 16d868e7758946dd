// Reads what there is of the overlay on this machine: a few short commands and a few small files.
import type { Exec } from "../../lib/exec.ts";
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
  const ownRoutes = onward.length === 0 ? [] : await readOwnRoutes(exec);
  const [[addresses = "", rules4 = "", routes = ""], [rules6 = ""], printed] = await Promise.all([
    showAll(exec, [], ["address show", "rule show", `route show table all proto ${routeProtocol}`]),
    showAll(exec, ["-6"], ["rule show"]),
    printedFirewall(exec),
  ]);
  return {
    links: await withDevices(exec, parseLinks(addresses)),
    routes: parseRoutes(routes),
    rules: [...parseRules(rules4, 4), ...parseRules(rules6, 6)],
    ownRoutes,
    firewallHolds: firewallHolds(folder, printed),
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

/** Several questions to one `ip`, each answered by a line; the last one's may be missing, where there is nothing to show. */
async function showAll(exec: Exec, options: readonly string[], questions: readonly string[]): Promise<string[]> {
  const input = questions.map((question) => `${question}\n`).join("");
  const ran = await exec("ip", [...options, "-json", "-batch", "-"], { input, timeoutMs });
  if (ran.code !== 0) throw new Error(`ip ${[...options, ...questions].join(", ")}: ${ran.stderr.trim()}`);
  return ran.stdout.split("\n");
}
