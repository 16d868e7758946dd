// One control at a time: an exclusive lock on an empty file beside the database. The kernel drops it when the process
// dies, however it dies, and readers of the database itself do not meet it.
import { readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";
import { isBusy } from "./sqlite-errors.ts";
import { createPrivateFile } from "./sqlite-file.ts";

/** Where SQLite puts its locks in any file (PENDING_BYTE). */
const lockOffset = 0x40000000;

/** Takes the lock of the registry at `path`, or throws `locked` with the pid of who has it; the answer lets it go. */
export function lockForControl(path: string): () => void {
  const lockPath = `${path}.lock`;
  createPrivateFile(lockPath);
  const lock = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE"); // writes nothing: a full disk is no hindrance
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    const pid = holderOf(lockPath);
    throw new StoreError("locked", `another control${pid ? ` (pid ${pid})` : ""} uses this registry: ${path}`);
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}

/** The kernel's answer; none for a process in another pid namespace. */
function holderOf(lockPath: string): number | undefined {
  const { ino } = statSync(lockPath);
  for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
    const [pid, inode, start] = line.trim().split(/\s+/).slice(-4);
    if (inode?.endsWith(`:${ino}`) && Number(start) >= lockOffset && Number(pid) > 0) return Number(pid);
  }
  return undefined;
}
