// Commands of the central file on this host: only where the host allows it, once in each life of its interface and of their text, beside
// everything else: nothing waits for them, and one that fails is told and stops no tunnel.
import type { Exec } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { HooksObject, MeshState } from "../../wire/mesh.ts";
import type { Warning } from "../../wire/warnings.ts";
import { type HookFailure, runHooks } from "./commands.ts";
import { bootNow, type Life, readRecord, recordOf, removeRecord, writeRecord } from "./record.ts";

export interface HookParts {
  /** The agent's. */
  readonly folder: string;
  readonly exec: Exec;
  readonly log: Pick<Log, "info" | "error">;
  /** Whether this machine runs commands of the central file. */
  readonly isAllowed: () => boolean;
  readonly boot?: () => string;
  /** What is told has changed. */
  readonly onChange: (failure?: HookFailure) => void;
}

export interface Hooks {
  /** The interface, which the kernel counts so, is as the state says. */
  readonly settle: (mesh: MeshState, index: number) => void;
  readonly warnings: () => readonly Warning[];
  /** Resolves when no command runs any more; none begins after it. */
  readonly close: () => Promise<void>;
}

export function createHooks({ folder, exec, log, isAllowed, boot = bootNow, onChange }: HookParts): Hooks {
  let [isRefused, isClosed] = [false, false];
  let failure: HookFailure | undefined;
  let running: Promise<void> | undefined;

  const refuse = (now: boolean) => {
    if (now === isRefused) return;
    isRefused = now;
    onChange();
  };
  const run = async (mesh: MeshState, wanted: HooksObject | undefined, life: Life) => {
    const record = readRecord(folder);
    const how = { announce: (command: string) => log.info({ command }, "hook"), isOver: () => isClosed };
    const failures: (HookFailure | undefined)[] = [];
    if (record?.boot === life.boot) failures.push(await runHooks(exec, record, "down", how));
    if (isClosed) return; // what is left of them is for who comes next
    removeRecord(folder);
    if (wanted !== undefined) {
      const next = recordOf(wanted, mesh, life);
      writeRecord(folder, next);
      failures.push(await runHooks(exec, next, "up", how));
    }
    const before = failure;
    failure = failures.findLast((one) => one !== undefined);
    if (failure) log.error({ ...failure }, "hook");
    if (failure || before) onChange(failure);
  };

  return {
    settle(mesh, index) {
      if (running !== undefined || isClosed) return; // the next pass comes in seconds
      const wanted = mesh.hooks;
      const allowed = isAllowed();
      refuse(wanted !== undefined && !allowed);
      if (!allowed) return;
      const [record, life] = [readRecord(folder), { boot: boot(), index }];
      if (record === undefined ? wanted === undefined : isDone(record, wanted, life)) return;
      running = run(mesh, wanted, life)
        .catch((error: Error) => log.error({ reason: error.message }, "hooks"))
        .finally(() => {
          running = undefined;
        });
    },
    warnings: () => [...(isRefused ? [refused] : []), ...(failure ? [failed(failure)] : [])],
    close: async () => {
      isClosed = true;
      await running;
    },
  };
}

function isDone(record: Life & { readonly hooks: HooksObject }, wanted: HooksObject | undefined, life: Life): boolean {
  const isSame = JSON.stringify(record.hooks) === JSON.stringify(wanted);
  return isSame && record.boot === life.boot && record.index === life.index;
}

const refused: Warning = {
  code: "hooksRefused",
  severity: "warning",
  text: "it runs no commands of the central file, and its hooks are not run",
  hint: "on that host: `portway join --allow-hooks`; or take its hooks out of the file",
};

function failed({ time, command, reason }: HookFailure): Warning {
  const text = `its command \`${command}\` (hooks, ${time}) failed: ${reason}`;
  const hint = "commands are run again when the file has others, or when the host starts anew";
  return { code: "hookFailed", severity: "warning", text, hint };
}
