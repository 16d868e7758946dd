// One agent at a time on the files of a host: two would undo each other's work.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { readJsonIfAny } from "../lib/files.ts";
import { AppError } from "../wire/errors.ts";
import { lockPath } from "./files.ts";
import { isRunning, type ProcessRecord, recordOf } from "./wireguard/process-record.ts";

/** The agent that runs on these files, if any. */
export function runningAgent(folder: string): ProcessRecord | undefined {
  const record = readJsonIfAny(lockPath(folder)) as ProcessRecord | undefined;
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** Takes the lock for this process; throws AppError when another holds it. What it returns lets go. */
export function takeLock(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = lockPath(folder);
  const holder = runningAgent(folder);
  if (holder !== undefined && holder.pid !== process.pid) {
    throw new AppError("usage", `an agent runs here already (process ${holder.pid})`, {
      hint: "stop it first: portway down",
    });
  }
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  writeSync(file, JSON.stringify(recordOf(process.pid)));
  closeSync(file);
  return () => rmSync(path, { force: true });
}
