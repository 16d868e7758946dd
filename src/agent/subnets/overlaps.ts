// Networks of this machine's own that are in the way of Portway's: looked at now and then, told in the status.
import type { Exec } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { type OwnNetwork, overlapWarnings } from "../../wire/networks.ts";
import type { Warning } from "../../wire/warnings.ts";
import { ownNetworks, readOwnRoutes } from "../machine/own-networks.ts";

export interface OverlapParts {
  readonly exec: Exec;
  readonly log: Pick<Log, "warn">;
  readonly mesh: () => MeshState | undefined;
  /** What is told has changed. */
  readonly onChange: () => void;
}

export interface Overlaps {
  /** One look; never rejects. */
  readonly look: () => Promise<"done" | "failed">;
  readonly networks: () => readonly OwnNetwork[];
  readonly warnings: () => readonly Warning[];
}

export function watchOverlaps({ exec, log, mesh, onChange }: OverlapParts): Overlaps {
  let networks: readonly OwnNetwork[] = [];
  let warnings: readonly Warning[] = [];
  const look = async () => {
    try {
      const found = ownNetworks(await readOwnRoutes(exec));
      const told = warningsOf(mesh(), found);
      const isSame = JSON.stringify([networks, warnings]) === JSON.stringify([found, told]);
      const texts = new Set(warnings.map(({ text }) => text));
      for (const { text } of told) if (!texts.has(text)) log.warn({ reason: text }, "this host");
      [networks, warnings] = [found, told];
      if (!isSame) onChange();
      return "done";
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "cannot read this machine's own routes");
      return "failed";
    }
  };
  return { look, networks: () => networks, warnings: () => warnings };
}

function warningsOf(mesh: MeshState | undefined, networks: readonly OwnNetwork[]): readonly Warning[] {
  if (mesh === undefined) return [];
  const { host, subnets } = mesh;
  const behind = subnets.filter(({ own }) => own).map(({ prefix }) => prefix);
  return overlapWarnings("this host", [host.ipv4Prefix, host.ipv6Prefix], behind, networks);
}
