// A long-lived process of a lab: in a process group of its own, its output in a log file.
import { closeSync, openSync, readFileSync } from "node:fs";
import { start } from "../../src/lib/exec.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LabProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** Resolves when the process has ended, however; never rejects. */
  readonly exited: Promise<Exit>;
  readonly running: () => boolean;
  /** What it wrote so far, standard output and error in one. */
  readonly logText: () => string;
  /** Signals its whole process group; nothing happens when that is gone. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** SIGTERM, SIGKILL if it has not ended in time (5 s unless told), and how it ended. */
  readonly stop: (timeoutMs?: number) => Promise<Exit>;
}

/** Starts `words` with the log at `logPath`, which must not exist yet. */
export function startProcess(
  name: string,
  words: readonly string[],
  logPath: string,
  env: NodeJS.ProcessEnv,
): LabProcess {
  const log = openSync(logPath, "ax");
  const child = start(words[0]!, words.slice(1), { env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name}: cannot start ${words[0]}`);
  let ended = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      resolve({ code, signal });
    });
  });
  const kill = (signal: NodeJS.Signals) => signalGroup(pid, signal);
  return {
    name,
    pid,
    logPath,
    exited,
    running: () => !ended,
    logText: () => readFileSync(logPath, "utf8"),
    kill,
    stop: async (timeoutMs = 5000) => {
      kill("SIGTERM");
      const timer = setTimeout(kill, timeoutMs, "SIGKILL");
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
