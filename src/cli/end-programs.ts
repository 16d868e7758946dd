// Ends everything of Portway on this machine: programs first, so that none makes again what is then taken away.
import { rmdirSync, rmSync } from "node:fs";
import { systemClock } from "../lib/clock.ts";
import { exec } from "../lib/exec.ts";
import { createLog } from "../lib/log.ts";
import type { Context } from "./context.ts";
import { knockToStop } from "./supervisor-door.ts";
import { removeUnits, stopUnits, systemdParts, systemdRuns, unitsInstalled } from "./systemd.ts";

/** Stops this machine's programs, whoever keeps them running. */
export async function endPrograms(context: Context): Promise<void> {
  if (await knockToStop(context.paths)) context.print("the programs in the foreground have ended");
  if (systemdRuns() && unitsInstalled()) await stopUnits(systemdParts(context));
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

/** Removes units and, of the state, the named folders; for good. The state's own folder goes when nothing else is in it. */
export async function forget(context: Context, folders: readonly string[]): Promise<void> {
  if (systemdRuns() && unitsInstalled()) await removeUnits(systemdParts(context));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  removeIfEmpty(context.paths.stateDir);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["ENOENT", "ENOTEMPTY", "EEXIST", "EBUSY"].includes(code)) throw error; // busy: a disk of its own
  }
}
