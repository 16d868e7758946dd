// A program of Portway as a supervised child: in a session of its own, so that Ctrl-C reaches it through its supervisor
// only. Its standard input is a pipe that nothing is written to: it ends with the supervisor, however that ends, and the
// child with it, so that no program is left over that the next `up` would have to look for.

import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../lib/exec.ts";
import type { Child, End, Program } from "./supervise.ts";

/** Set for children; their commands then end with their standard input. */
export const supervisedVariable = "PORTWAY_SUPERVISED";

/** Exit status of an agent or edge whose host was removed from the network. */
export const removedStatus = 3;

export interface ChildOptions {
  /** Global options that the child's command line gets, such as `--state-dir`. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Gets each line that the program logs. */
  readonly onLine: (program: Program, line: string) => void;
}

/** Knows with which settings of malloc and V8 each program runs. */
const launcher = join(import.meta.dirname, "../../bin/portway");
const graceMs = 15_000;

export function startChild(program: Program, { words, env, onLine }: ChildOptions): Child {
  const child = start(launcher, [program.name, ...program.words, ...words], {
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...env, [supervisedVariable]: "1" },
  });
  child.stdin!.on("error", () => {});
  createInterface({ input: child.stderr! }).on("line", (line) => onLine(program, line));
  const ended = new Promise<End>((resolve) => {
    child.once("error", (error) => resolve({ how: `before it started: ${error.message}`, forGood: false }));
    child.once("close", (code, signal) =>
      resolve({ how: signal === null ? `with status ${code}` : `by ${signal}`, forGood: code === removedStatus }),
    );
  });
  return {
    ended,
    stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      void ended.then(() => clearTimeout(timer));
    },
  };
}
