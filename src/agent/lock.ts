// One agent at a time on the files of a host: two would undo each other's work.
import { closeSync, mkdirSync, openSync, readlinkSync, rmSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { readJsonIfAny } from "../lib/files.ts";
import { pathsFrom } from "../lib/paths.ts";
import { AppError } from "../wire/errors.ts";
import { lockPath } from "./files.ts";
import { isRunning, type ProcessRecord, recordOf } from "./wireguard/process-record.ts";

/** The agent that runs on these files, if any. */
export function runningAgent(folder: string): ProcessRecord | undefined {
  const record = readJsonIfAny(lockPath(folder)) as ProcessRecord | undefined;
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** Throws AppError where an agent of another process runs: it would make again what is taken away. */
export function demandNoAgent(folder: string): void {
  const agent = runningAgent(folder);
  if (agent === undefined || agent.pid === process.pid) return;
  throw new AppError("usage", `an agent runs here (process ${agent.pid})`, {
    hint: "stop it first: systemctl stop portway-agent, or end the process",
  });
}

/**
 * The agent that keeps the overlay here and is not of these files: for an installation in other places the machine's own
 * one, unless it runs in another network namespace, as hosts of a lab do.
 */
export function foreignAgent(
  folder: string,
  machine = pathsFrom({}, {}).agent,
  network = networkOf("self"),
): ProcessRecord | undefined {
  if (resolve(folder) === machine) return undefined;
  const agent = runningAgent(machine);
  return agent !== undefined && networkOf(agent.pid) === network ? agent : undefined;
}

function networkOf(process: number | "self"): string {
  return readlinkSync(`/proc/${process}/ns/net`);
}

/** Takes the lock for this process; throws AppError when another holds it. What it returns lets go. */
export function takeLock(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  demandNoAgent(folder);
  const path = lockPath(folder);
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  writeSync(file, JSON.stringify(recordOf(process.pid)));
  closeSync(file);
  return () => rmSync(path, { force: true });
}
