// Runs commands of the central file: one after the other, each within its time, without a shell.
import { type Exec, shellWords } from "../../lib/exec.ts";
import { type HookRecord, hookInterface } from "./record.ts";

export type HookTime = "up" | "down";

export interface HookFailure {
  readonly time: HookTime;
  readonly command: string;
  readonly reason: string;
}

const mostReason = 300;
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface HowToRun {
  /** Gets the words of each command before it is run. */
  readonly announce: (command: string) => void;
  /** No command begins any more once this is so. */
  readonly isOver?: () => boolean;
  /** Words that run a command as somebody else. */
  readonly wrap?: (words: readonly string[]) => readonly string[];
}

/** `up` ends with the first that fails, `down` runs all of them; gives the first failure. */
export async function runHooks(
  exec: Exec,
  record: HookRecord,
  time: HookTime,
  { announce, isOver = () => false, wrap = (words) => words }: HowToRun,
): Promise<HookFailure | undefined> {
  const { hooks, env } = record;
  let first: HookFailure | undefined;
  for (const command of hooks[time]) {
    if (isOver()) break;
    const words = command.map((word) => word.replaceAll("%i", hookInterface));
    announce(shellWords(words));
    const [file, ...args] = wrap(words) as [string, ...string[]];
    const ran = await exec(file, args, { timeoutMs: hooks.timeoutMs, env: { PATH: path, ...env }, apart: true });
    if (ran.code === 0) continue;
    const said = (ran.timedOut ? "" : ran.stderr || ran.stdout).trim().slice(0, mostReason);
    const how = ran.timedOut ? `took longer than ${hooks.timeoutMs / 1000} s` : `exit ${ran.code}`;
    first ??= { time, command: shellWords(words), reason: said === "" ? how : `${how}: ${said}` };
    if (time === "up") return first;
  }
  return first;
}

/**
 * Words that run a command with no more rights than the agent has: what its user wrote is not run as root because root takes
 * the host out.
 */
export function asAgent(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  words: readonly string[],
): string[] {
  const caps = ["--inh-caps", "--ambient-caps", "--bounding-set"].map((option) => `${option}=-all,+net_admin`);
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...caps, "--no-new-privs", "--", ...words];
}
