// Who owns a lab, and the end of a lab: whatever happens to the owner, nothing stays.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonIfAny } from "../../src/lib/files.ts";
import { processesUnder, startTicks } from "./proc.ts";

const base = "/tmp";
const prefix = "portway-lab-";

/** Makes the folder of a new lab, with a record of this process as its owner. */
export function createLabFolder(): string {
  const folder = mkdtempSync(join(base, prefix));
  writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid) }));
  mkdirSync(join(folder, "boxes"));
  return folder;
}

/**
 * Ends a lab: kills every process in its boxes, then removes its folder. Namespaces, interfaces and mounts go with the
 * last process in them. Synchronous, so that it also works while the owner is exiting.
 */
export function removeLabFolder(folder: string): void {
  let left = processesUnder(folder);
  for (let round = 0; left.length > 0; round++) {
    if (round === 500)
      throw new Error(`${folder}: cannot kill ${left.map((one) => `${one.pid} ${one.command}`).join(", ")}`);
    for (const one of left) killIfAny(one.pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    left = processesUnder(folder);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Removes labs whose owner is gone; returns their folders. */
export function sweepLabs(): string[] {
  const stale = readdirSync(base)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(base, name))
    .filter(isStale);
  for (const folder of stale) removeLabFolder(folder);
  return stale;
}

/** Ends the lab when this process exits or is told to; returns what takes the guard away again. */
export function guardLab(folder: string): () => void {
  const remove = () => removeLabFolder(folder);
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  const handlers = Object.entries(signals).map(([signal, status]) => ({ signal, exit: () => process.exit(status) }));
  process.on("exit", remove);
  for (const one of handlers) process.on(one.signal, one.exit);
  return () => {
    process.off("exit", remove);
    for (const one of handlers) process.off(one.signal, one.exit);
  };
}

function isStale(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return false; // /tmp is everybody's: touch only our own
  const owner = readJsonIfAny(join(folder, "owner.json")) as { pid: number; startTicks: number } | undefined;
  if (owner === undefined) return Date.now() - found.mtimeMs > 60_000; // its owner may be about to write the record
  return startTicks(owner.pid) !== owner.startTicks;
}

function killIfAny(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
