// A virtual machine with Debian's kernel and systemd as process 1. It has this machine's programs and files, and writes to
// none of them; the checkout is /opt/portway in it. README.md says more.
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { CommandFailed, exec, type Ran, start } from "../../src/lib/exec.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openDoor } from "./door.ts";
import { type Cable, qemuWords, shareWords, whyNoGuest } from "./machine.ts";

export interface GuestOptions {
  /** A file of `makeDisk` that keeps what the guest writes, for a later boot; memory unless told. */
  readonly disk?: string;
  /** A network card, eth0. */
  readonly cable?: Cable;
  /**
   * Emulated, its clock goes by the instructions that it has run, a nanosecond each: what other work there is on the machine makes
   * it slow and changes no figure.
   */
  readonly steady?: boolean;
  /** Goes before other work on the machine: emulated, it does nothing in time on a tenth of a processor. */
  readonly first?: boolean;
  /** 2048 unless told. */
  readonly memoryMiB?: number;
}

export interface GuestRun {
  /** Rejects after this long; 5 minutes unless told. */
  readonly timeoutMs?: number;
  /** Throw unless it ends with 0; true unless told. */
  readonly check?: boolean;
}

export interface Guest {
  /** Runs lines of bash as root, one script after the other. */
  readonly run: (script: string, options?: GuestRun) => Promise<Ran>;
  /** What kernel and systemd wrote so far. */
  readonly consoleText: () => string;
  /** Cuts the power: what is not on disk yet is lost. */
  readonly stop: () => Promise<void>;
}

/** A boot under emulation on a busy machine takes a quarter of it, one that counts its instructions half. */
const bootMs = 240_000;

const why = await whyNoGuest();

/** `test("…", needsGuest, …)` skips with its reason where no guest can run. */
export const needsGuest: { readonly skip?: string } = why === undefined ? {} : { skip: why };

/** Boots a guest, runs lines of bash in it as root, and ends it. */
export async function runGuest(
  options: GuestOptions & { readonly script: string; readonly timeoutMs: number },
): Promise<Ran> {
  const guest = await openGuest(options);
  try {
    return await guest.run(options.script, { timeoutMs: options.timeoutMs, check: false });
  } finally {
    await guest.stop();
  }
}

/** Makes a disk, which takes only what is written to it. */
export async function makeDisk(file: string): Promise<string> {
  const ran = await exec("mkfs.ext4", ["-q", file, "2G"]);
  if (ran.code !== 0) throw new CommandFailed("mkfs.ext4", [file], ran);
  return file;
}

/** Boots a guest; resolves as soon as it runs scripts, when some units may still be starting. */
export async function openGuest(options: GuestOptions = {}): Promise<Guest> {
  const { disk, cable, steady = false, first = false, memoryMiB = 2048 } = options;
  const folder = mkdtempSync("/tmp/portway-guest-");
  mkdirSync(join(folder, "share"));
  const door = await openDoor(join(folder, "door.sock"));
  const programs: Program[] = [];
  const said = () => ["share", "qemu", "console"].map((name) => readIfAny(join(folder, `${name}.log`)).slice(-3000));
  const stop = async () => {
    door.close();
    for (const program of programs.toReversed()) await program.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const orItsEnd = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ...programs.map(({ failure }) => failure)]);
  try {
    programs.push(launch(shareWords(folder), join(folder, "share.log"), first));
    const what = "the guest's files to be shared";
    await orItsEnd(waitFor(() => existsSync(join(folder, "share.sock")), { what }));
    programs.push(launch(qemuWords({ folder, memoryMiB, disk, cable, steady }), join(folder, "qemu.log"), first));
    await orItsEnd(door.opened(bootMs));
  } catch (error) {
    const seen = said().join("\n");
    await stop();
    throw new Error(`${(error as Error).message}\n${seen}`, { cause: error });
  }
  return {
    run: async (script, { timeoutMs = 300_000, check = true } = {}) => {
      const ran = await orItsEnd(door.pass(script, timeoutMs));
      if (check && ran.code !== 0) throw new CommandFailed("guest", [script], ran);
      return ran;
    },
    consoleText: () => readIfAny(join(folder, "console.log")),
    stop,
  };
}

interface Program {
  /** Rejects when the program ends before it is killed. */
  readonly failure: Promise<never>;
  readonly kill: () => Promise<void>;
}

/** Starts a program that ends with this process, however this process ends. */
function launch(words: readonly string[], log: string, first: boolean): Program {
  const file = openSync(log, "a");
  const stdio = ["ignore", file, file] as const;
  const child = start("setpriv", ["--pdeathsig", "KILL", ...words], { stdio: [...stdio], detached: first });
  closeSync(file);
  if (first && child.pid !== undefined) goFirst(child.pid);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  const failure = exited.then((how) => Promise.reject(new Error(`the guest is gone: ${words[0]}: ${how}`)));
  failure.catch(() => {}); // whoever waits for something hears of it
  return {
    failure,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Of a process with a session of its own: where sessions share the machine among them (autogroup), it is theirs that counts. */
function goFirst(pid: number): void {
  setPriority(pid, priority);
  const group = `/proc/${pid}/autogroup`;
  if (existsSync(group)) writeFileSync(group, `${priority}`);
}
const priority = -10;

const readIfAny = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
