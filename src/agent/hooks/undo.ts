// Undoes a host's own commands when its tunnel goes for good, with or without an agent.
import { existsSync } from "node:fs";
import type { Exec } from "../../lib/exec.ts";
import type { Paths } from "../../lib/paths.ts";
import { asAgent, runHooks } from "./commands.ts";
import { bootNow, ownerOfRecord, readRecord, removeRecord } from "./record.ts";

export interface UndoOptions {
  readonly paths: Paths;
  readonly exec: Exec;
  readonly announce: (command: string) => void;
}

/** Runs the commands that undo what was run since the machine started; one that fails is told, and holds up nothing. */
export async function undoHooks({ paths, exec, announce }: UndoOptions): Promise<void> {
  const record = readRecord(paths.agent);
  if (record === undefined) return;
  const owner = ownerOfRecord(paths.agent);
  const isOthers = process.getuid?.() === 0 && owner.uid !== 0;
  const how = { announce, ...(isOthers && { wrap: (words: readonly string[]) => asAgent(owner, words) }) };
  if (record.boot === bootNow() && existsSync(paths.allowHooks)) {
    const failure = await runHooks(exec, record, "down", how);
    if (failure) announce(`# ${failure.command}: ${failure.reason}`);
  }
  removeRecord(paths.agent);
}
