// Ends everything of Portway on this machine: programs first, so that none makes again what is then taken away.
import { rmdirSync, rmSync } from "node:fs";
import { systemClock } from "../lib/clock.ts";
import { exec } from "../lib/exec.ts";
import { createLog } from "../lib/log.ts";
import type { Context } from "./context.ts";
import { knockToStop } from "./supervisor-door.ts";
import { keptByUnits, removeUnits, type SystemdParts, stopUnits, systemdParts, systemdRuns } from "./systemd.ts";

/** Stops the programs of the context's files, whoever keeps them running; the machine's units only where they do. */
export async function endPrograms(context: Context, parts = systemdParts(context)): Promise<void> {
  if (await knockToStop(context.paths)) context.print("the programs in the foreground have ended");
  if (hasUnits(context, parts)) await stopUnits(parts);
}

/** Lets nginx finish its requests and stops it. */
export async function endNginx(context: Context): Promise<void> {
  const { stopNginx } = await import("../edge/main.ts");
  const { paths } = context;
  await stopNginx({ paths, exec, clock: systemClock, log: createLog("edge", "warn") });
}

/** What `leave` and `teardown` of the agent need; each command is shown before it runs. */
export const teardownOptions = (context: Context) => ({
  paths: context.paths,
  exec,
  clock: systemClock,
  announce: (command: string) => context.note(context.colour.dim(`  ${command}`)),
});

/**
 * Removes units and, of the state, the named folders; for good. The state's own folder goes when nothing else is in it. The
 * answer says what stays.
 */
export async function forget(
  context: Context,
  folders: readonly string[],
  parts = systemdParts(context),
): Promise<string> {
  const accounts = hasUnits(context, parts) ? await removeUnits(parts) : [];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  removeIfEmpty(context.paths.stateDir);
  const users = accounts.length > 0 ? `, and the users and groups that its units had: ${accounts.join(", ")}` : "";
  return `nothing of Portway is left here but the program${users}`;
}

const hasUnits = ({ paths }: Context, { root }: SystemdParts) => systemdRuns(root) && keptByUnits(paths, root);

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["ENOENT", "ENOTEMPTY", "EEXIST", "EBUSY"].includes(code)) throw error; // busy: a disk of its own
  }
}
