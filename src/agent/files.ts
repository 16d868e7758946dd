// Where the agent keeps its files, below `paths.agent`.
import { join } from "node:path";

/** Records and logs of wireguard-go processes. */
export const wireguardFolder = (folder: string) => join(folder, "wireguard-go");
/** The last state that control sent. */
export const statePath = (folder: string) => join(folder, "state.json");
/** What the firewall is known by. */
export const firewallPath = (folder: string) => join(folder, "firewall.json");
/** Machine-wide settings to go back to. */
export const settingsPath = (folder: string) => join(folder, "settings.json");
/** Commands of this host's own that were run, and how they are undone. */
export const hooksPath = (folder: string) => join(folder, "hooks.json");
/** The agent that runs. */
export const lockPath = (folder: string) => join(folder, "agent.pid");
/** WireGuard's private keys. */
export const keysFolder = (folder: string) => join(folder, "keys");
