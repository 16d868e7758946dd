// What other firewalls of this machine drop of what a relay passes on: looked at now and then, told in the status.
import type { Exec } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { MeshState } from "../../wire/mesh.ts";
import type { Warning } from "../../wire/warnings.ts";
import { forwardWarnings } from "./forwarding.ts";

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
    const before = warnings.length;
    const relays = (mesh()?.forwards.length ?? 0) > 0;
    try {
      warnings = relays ? await forwardWarnings(exec, "pwr") : [];
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "cannot look at other firewalls");
      return "failed";
    }
    for (const { text } of warnings.slice(before)) log.warn({ reason: text }, "firewall");
    if (warnings.length !== before) onChange();
    return "done";
  };
  return { look, warnings: () => warnings };
}
