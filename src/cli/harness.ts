// For tests: one command line, what it printed, and its exit status.
import { runCommandLine } from "./program.ts";

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface HarnessOptions {
  /** Standard output is a terminal; not, unless told. */
  readonly terminal?: boolean;
  /** Columns of the terminal; 100, unless told. */
  readonly width?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Ctrl-C. */
  readonly stop?: AbortSignal;
}

/** Runs a command line in this process; without `env` nothing of the environment reaches it. */
export async function runCaptured(words: readonly string[], options: HarnessOptions = {}): Promise<Ran> {
  const { terminal = false, width = 100, env = {}, stop = new AbortController().signal } = options;
  let [out, err] = ["", ""];
  const status = await runCommandLine(
    words,
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      outIsTerminal: terminal,
      inIsTerminal: false,
      width,
      env,
    },
    stop,
  );
  return { status, out, err };
}
