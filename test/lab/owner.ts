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

export interface Swept {
  readonly removed: readonly string[];
  /** Labs that somebody works with. */
  readonly inUse: readonly string[];
}

/** Removes the labs whose owner is gone. */
export function sweepLabs(): Swept {
  const labs = readdirSync(base)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(base, name))
    .filter(isOurs);
  const removed = labs.filter(isStale);
  for (const folder of removed) removeLabFolder(folder);
  return { removed, inUse: labs.filter((folder) => !removed.includes(folder)) };
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

/** /tmp is everybody's: a folder counts only if it is a real one and this user's. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

function isStale(folder: string): boolean {
  const owner = readJsonIfAny(join(folder, "owner.json")) as { pid: number; startTicks: number } | undefined;
  if (owner !== undefined) return startTicks(owner.pid) !== owner.startTicks;
  const made = lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - made > 60_000; // a younger one may be about to get its record
}

function killIfAny(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
