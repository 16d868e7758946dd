// Where a command line comes from and where its words go: the process's own streams, or a test's.

export interface Terminal {
  /** Standard output: results. */
  readonly out: (text: string) => void;
  /** Standard error: notes, progress, errors. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** Columns that help and tables may take. */
  readonly width: number;
  readonly env: NodeJS.ProcessEnv;
}

/** The terminal of this process. */
export function ownTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY === true,
    inIsTerminal: process.stdin.isTTY === true,
    width: process.stdout.columns || 80, // some pseudo-terminals say 0
    env: process.env,
  };
}
