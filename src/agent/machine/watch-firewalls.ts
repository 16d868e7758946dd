// What other firewalls of this machine drop of what it passes on for others: looked at now and then, told in the status.
import type { Exec } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { MeshState } from "../../wire/mesh.ts";
import type { Warning } from "../../wire/warnings.ts";
import { behindHost } from "../overlay/desired.ts";
import { onwardLinks } from "../subnets/onward-links.ts";
import { forwardWarnings, type Passage } from "./forwarding.ts";
import { readOwnRoutes } from "./own-networks.ts";

export interface FirewallParts {
  readonly exec: Exec;
  readonly log: Pick<Log, "warn">;
  readonly mesh: () => MeshState | undefined;
  /** What is told has changed. */
  readonly onChange: () => void;
}

export interface Firewalls {
  /** One look; never rejects. */
  readonly look: () => Promise<"done" | "failed">;
  readonly warnings: () => readonly Warning[];
}

export function watchFirewalls({ exec, log, mesh, onChange }: FirewallParts): Firewalls {
  let warnings: readonly Warning[] = [];
  const look = async () => {
    const before = new Set(warnings.map(({ text }) => text));
    try {
      const state = mesh();
      warnings = state === undefined ? [] : await forwardWarnings(exec, await passagesOf(state, exec));
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "cannot look at other firewalls");
      return "failed";
    }
    const added = warnings.filter(({ text }) => !before.has(text));
    for (const { text } of added) log.warn({ reason: text }, "firewall");
    if (added.length > 0 || warnings.length !== before.size) onChange();
    return "done";
  };
  return { look, warnings: () => warnings };
}

/** What this host passes on, as a relay, and as a router or exit by each of its own interfaces. */
async function passagesOf(mesh: MeshState, exec: Exec): Promise<readonly Passage[]> {
  const relayed: Passage = { from: "pwr", to: "pwr", families: [4, 6], text: "between others" };
  const behind = behindHost(mesh);
  const links = behind.length === 0 ? [] : onwardLinks(behind, await readOwnRoutes(exec));
  return [
    ...(mesh.forwards.length > 0 ? [relayed] : []),
    ...links.map(({ name, families }): Passage => {
      return { from: "pw*", to: name, families, text: `to networks behind it, by ${name}` };
    }),
  ];
}
