// Control alone, in a folder of its own and on loopback: enough for what the command line says and asks.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, type Ran, shellWords, start } from "../../src/lib/exec.ts";
import { freePort } from "../lab/free-port.ts";
import { waitFor } from "../lab/wait-for.ts";

const launcher = join(import.meta.dirname, "../../bin/portway");

export interface ControlAlone {
  /** The file, as `portway apply FILE` takes it. */
  readonly file: string;
  readonly write: (text: string) => void;
  /** Runs a command of Portway, however it ends. */
  readonly portway: (...words: string[]) => Promise<Ran>;
  /** Runs one on a terminal, types `keys` once it shows `question`, and gives its exit status and what was on the screen. */
  readonly onTerminal: (words: readonly string[], question: string, keys: string) => Promise<Typed>;
  readonly close: () => Promise<void>;
}

export interface Typed {
  readonly code: number | null;
  readonly screen: string;
}

export async function controlAlone(text: string): Promise<ControlAlone> {
  const folder = mkdtempSync(join(tmpdir(), "portway-control-"));
  const file = join(folder, "portway.yaml");
  const write = (content: string) => writeFileSync(file, content);
  const env = {
    ...process.env,
    PORTWAY_STATE_DIR: join(folder, "state"),
    PORTWAY_RUN_DIR: join(folder, "run"),
  };
  const portway = (...words: string[]) => exec(launcher, words, { env });
  const listen = `127.0.0.1:${await freePort()}`;
  const control = start(launcher, ["control", "--listen", listen, "--log-level", "error"], { env });
  write(text);
  await waitFor(async () => (await portway("status", "--json")).stdout !== "", { what: "control to answer" });
  return {
    file,
    write,
    portway,
    onTerminal: (words, question, keys) => {
      // dash, told of Ctrl-C too, would die of it once the program has ended as it should, unless it becomes the program
      const command = `exec ${shellWords([launcher, ...words])}`;
      const child = start("script", ["-qec", command, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
      return typed(child, question, keys);
    },
    async close() {
      await ended(control, () => control.kill("SIGTERM"));
      rmSync(folder, { recursive: true });
    },
  };
}

async function typed(child: ChildProcess, question: string, keys: string): Promise<Typed> {
  let [screen, asked] = ["", false];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    if (asked || !screen.includes(question)) return;
    asked = true;
    child.stdin!.write(keys);
  });
  const code = await ended(child);
  child.stdin!.destroy();
  return { code, screen };
}

const ended = (child: ChildProcess, end?: () => void) =>
  new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
    end?.();
  });
