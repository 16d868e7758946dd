// What of this machine's own is in Portway's way: looked at now and then, told in the status, logged when it is new.
import type { Clock } from "../../lib/clock.ts";
import type { Exec } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { type OwnNetwork, overlapWarnings } from "../../wire/networks.ts";
import type { Warning } from "../../wire/warnings.ts";
import { type Loop, startLoop } from "../loop.ts";
import { behindHost } from "../overlay/desired.ts";
import { type OwnRoute, onwardLinks } from "../subnets/onward-links.ts";
import { forwardWarnings, type Passage, relayed } from "./forwarding.ts";
import { ownNetworks, readOwnRoutes } from "./own-networks.ts";

export interface WatchParts {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly log: Pick<Log, "warn">;
  readonly mesh: () => MeshState | undefined;
  /** What is told has changed. */
  readonly onChange: () => void;
  readonly everyMs: number;
  readonly quietMs: number;
}

export interface MachineWatch {
  /** Networks that this machine has without Portway. */
  readonly networks: () => readonly OwnNetwork[];
  /** Of networks that overlap Portway's, and of other firewalls that drop what is passed on for others. */
  readonly warnings: () => readonly Warning[];
  /** Asks for a look that begins after this call. */
  readonly trigger: Loop["trigger"];
  readonly close: Loop["close"];
}

interface Sight {
  readonly networks: readonly OwnNetwork[];
  readonly warnings: readonly Warning[];
}

export function watchMachine({ clock, everyMs, quietMs, ...parts }: WatchParts): MachineWatch {
  const [overlaps, firewalls] = [lookout(parts, seeOverlaps), lookout(parts, seeFirewalls)];
  const round = async () => {
    const routes = readOwnRoutes(parts.exec); // looked at by both
    const looks = await Promise.all([overlaps.look(routes), firewalls.look(routes)]);
    return looks.every(Boolean) ? "done" : "failed";
  };
  const loop = startLoop({ clock, round, everyMs, quietMs });
  return {
    networks: () => overlaps.sight().networks,
    warnings: () => [firewalls, overlaps].flatMap(({ sight }) => sight().warnings),
    trigger: loop.trigger,
    close: loop.close,
  };
}

/** Routes of the machine's own, being read: rejects where they cannot be, for who waits for it. */
type OwnRoutes = Promise<readonly OwnRoute[]>;

/** Looks by `see`; where that fails, what was seen last stays. */
function lookout(
  { exec, log, mesh, onChange }: Omit<WatchParts, "clock" | "everyMs" | "quietMs">,
  see: (exec: Exec, mesh: MeshState | undefined, routes: OwnRoutes) => Promise<Sight>,
) {
  let sight: Sight = { networks: [], warnings: [] };
  const look = async (routes: OwnRoutes): Promise<boolean> => {
    try {
      const [before, seen] = [sight, await see(exec, mesh(), routes)];
      const told = new Set(before.warnings.map(({ text }) => text));
      for (const { text } of seen.warnings) if (!told.has(text)) log.warn({ reason: text }, "this host");
      sight = seen;
      if (JSON.stringify(before) !== JSON.stringify(seen)) onChange();
      return true;
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "cannot look at this machine's own networks and firewalls");
      return false;
    }
  };
  return { look, sight: () => sight };
}

async function seeOverlaps(_: Exec, mesh: MeshState | undefined, routes: OwnRoutes): Promise<Sight> {
  const networks = ownNetworks(await routes);
  if (mesh === undefined) return { networks, warnings: [] };
  const { host, subnets } = mesh;
  const behind = subnets.filter(({ own }) => own).map(({ prefix }) => prefix);
  return {
    networks,
    warnings: overlapWarnings("this host", [host.ipv4Prefix, host.ipv6Prefix], behind, networks),
  };
}

const seeFirewalls = async (exec: Exec, mesh: MeshState | undefined, routes: OwnRoutes): Promise<Sight> => ({
  networks: [],
  warnings: mesh === undefined ? [] : await forwardWarnings(exec, await passagesOf(mesh, routes)),
});

/** What this host passes on, as a relay, and as a router or exit by each of its own interfaces. */
async function passagesOf(mesh: MeshState, routes: OwnRoutes): Promise<readonly Passage[]> {
  const behind = behindHost(mesh);
  const links = behind.length === 0 ? [] : onwardLinks(behind, await routes);
  return [
    ...(mesh.forwards.length > 0 ? [relayed] : []),
    ...links.map(({ name, families }): Passage => {
      return { from: "pw*", to: name, families, text: `to networks behind it, by ${name}` };
    }),
  ];
}
