// The one place that starts processes: bounded in time and output, privileged commands printed before they run.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It was killed because it took too long. */
  readonly timedOut?: true;
}

export interface RunOptions {
  /** What the process reads on standard input. */
  readonly input?: string;
  /** The process is killed after this long; 10 s unless told. */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /**
   * It is somebody else's: a process group of its own, which is killed whole at the limit; of each of its outputs the beginning is
   * kept and the rest read and dropped; what it leaves running is not waited for. It reads no input.
   */
  readonly apart?: true;
}

/** Runs one program to its end. Never rejects on a non-zero exit: the caller reads `code` (-1: killed or not started). */
export type Exec = (file: string, args: readonly string[], options?: RunOptions) => Promise<Ran>;

/** A command that was asked to change the system and did not end with 0. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly command: string;
  readonly ran: Ran;
  constructor(file: string, args: readonly string[], ran: Ran) {
    const command = shellWords([file, ...args]);
    super(`${command}: exit ${ran.code}: ${(ran.stderr || ran.stdout).trim().slice(0, 500)}`);
    this.command = command;
    this.ran = ran;
  }
}

export const exec: Exec = (file, args, options = {}) =>
  options.apart ? runApart(file, args, options) : runOwn(file, args, options);

const runOwn: Exec = (file, args, options = {}) =>
  new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      {
        timeout: options.timeoutMs ?? 10_000,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 1024 * 1024,
        encoding: "utf8",
        ...(options.env && { env: options.env }),
        ...(options.cwd && { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (!error) return resolve({ code: 0, stdout, stderr });
        const code = typeof error.code === "number" ? error.code : -1;
        const reason = error.killed ? `timed out after ${options.timeoutMs ?? 10_000} ms` : error.message;
        const text = stderr || (code === -1 ? reason : "");
        resolve({ code, stdout, stderr: text, ...(error.killed && { timedOut: true }) });
      },
    );
    if (child.stdin) {
      child.stdin.on("error", () => {}); // the process may end before it reads its input: its exit code tells
      child.stdin.end(options.input ?? "");
    }
  });

/** Of each output of a program that is somebody else's. */
const mostKeptBytes = 16 * 1024;
/** Once it has ended, for what it said last; something that it left running may hold its outputs open for ever. */
const lastWordsMs = 200;

const runApart: Exec = (file, args, { timeoutMs = 10_000, env, cwd } = {}) =>
  new Promise((resolve) => {
    const child = spawn(file, [...args], {
      ...{ detached: true, stdio: ["ignore", "pipe", "pipe"] },
      ...(env && { env }),
      ...(cwd && { cwd }),
    });
    const [stdout, stderr] = [beginningOf(child.stdout), beginningOf(child.stderr)];
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, timeoutMs);
    const end = (code: number, reason = "") => {
      clearTimeout(limit);
      const ran = { code, stdout: stdout(), stderr: stderr() || reason };
      for (const pipe of [child.stdout, child.stderr]) pipe?.destroy();
      resolve({ ...ran, ...(timedOut && { timedOut }) });
    };
    child.once("error", (error) => end(-1, error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(limit);
      const told = () => end(code ?? -1, signal === null ? "" : `ended by ${signal}`);
      const silence = setTimeout(told, lastWordsMs);
      child.once("close", () => {
        clearTimeout(silence);
        told();
      });
    });
  });

/** None: it could not be started. */
function beginningOf(output: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  output?.on("data", (chunk: Buffer) => {
    if (bytes < mostKeptBytes) chunks.push(Buffer.from(chunk.subarray(0, mostKeptBytes - bytes))); // the chunk itself is of a large block
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {} // it has ended meanwhile
}

/** Runs a command that changes the system: `announce` gets its words first; throws CommandFailed unless it ends with 0. */
export async function change(
  run: Exec,
  announce: (command: string) => void,
  file: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  announce(shellWords([file, ...args]));
  const ran = await run(file, args, options);
  if (ran.code !== 0) throw new CommandFailed(file, args, ran);
  return ran.stdout;
}

/** Starts a long-lived child; `detached` gives it a process group (and a life) of its own. */
export function start(
  file: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly detached?: boolean;
    readonly stdio?: "inherit" | "ignore" | "pipe" | readonly ("ignore" | "pipe" | "inherit" | number)[];
  } = {},
): ChildProcess {
  const stdio = typeof options.stdio === "object" ? [...options.stdio] : (options.stdio ?? "ignore");
  return spawn(file, [...args], { ...options, stdio });
}

/** One line that a person can paste into a shell. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
