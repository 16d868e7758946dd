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

/** Throws AppError where an agent of another process runs: it would make again what is taken away. */
export function demandNoAgent(folder: string): void {
  const agent = runningAgent(folder);
  if (agent === undefined || agent.pid === process.pid) return;
  throw new AppError("usage", `an agent runs here (process ${agent.pid})`, {
    hint: "stop it first: systemctl stop portway-agent, or end the process",
  });
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
