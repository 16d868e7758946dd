// Where each program keeps its files. Both roots can be moved, so that many hosts live on one machine.
import { join } from "node:path";

export interface Paths {
  readonly stateDir: string;
  readonly runDir: string;
  /** Registry, authority: control's own user. */
  readonly control: string;
  /** Identity key, host certificate, pinned root, control URLs: agent and edge. */
  readonly identity: string;
  /** WireGuard private keys, last mesh state: the agent alone. */
  readonly agent: string;
  /** A file that is there where this machine runs commands of the central file: root's alone to make. */
  readonly allowHooks: string;
  /** Last edge state, nginx.conf, certificates: the edge. */
  readonly edge: string;
  /** Which settings of the kernel the edge has changed. */
  readonly kernelSettings: string;
  readonly controlSocket: string;
  /** In a folder of its own that others cannot enter: nginx opens its sockets to everyone. */
  readonly nginxSocket: string;
  readonly edgeSocket: string;
  /** What the agent tells the edge beside it. */
  readonly tunnels: string;
}

/**
 * Defaults are /var/lib/portway and /run/portway, or PORTWAY_STATE_DIR and PORTWAY_RUN_DIR. PORTWAY_HOST_DIR is the folder
 * that the programs of a host share when each has a run folder of its own.
 */
export function pathsFrom(
  options: { readonly stateDir?: string; readonly runDir?: string } = {},
  env: NodeJS.ProcessEnv = process.env,
): Paths {
  const stateDir = options.stateDir ?? env["PORTWAY_STATE_DIR"] ?? "/var/lib/portway";
  const runDir = options.runDir ?? env["PORTWAY_RUN_DIR"] ?? "/run/portway";
  return {
    stateDir,
    runDir,
    control: join(stateDir, "control"),
    identity: join(stateDir, "identity"),
    agent: join(stateDir, "agent"),
    allowHooks: join(stateDir, "allow-hooks"),
    edge: join(stateDir, "edge"),
    kernelSettings: join(stateDir, "edge", "kernel-settings.json"),
    controlSocket: join(runDir, "control.sock"),
    nginxSocket: join(runDir, "nginx", "nginx.sock"),
    edgeSocket: join(runDir, "edge.sock"),
    tunnels: join(env["PORTWAY_HOST_DIR"] ?? runDir, "tunnels.json"),
  };
}
