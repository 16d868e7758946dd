// WireGuard as wireguard-go processes, one an interface, each in a session of its own that outlives the agent. Started anew
// when killed; adopted again by the record of its process, and by its socket, which `wg` talks to.
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { change, shellWords, start } from "../../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { isRunning, type ProcessRecord, recordOf } from "./process-record.ts";
import { linkExists, type Privileged, socketOf, type WireGuard } from "./wireguard.ts";

export interface UserspaceOptions extends Privileged {
  readonly clock: Clock;
  /** Where the processes' records and logs are. */
  readonly folder: string;
}

const startMs = 10_000;
const stopMs = 2_000;
const lookMs = 10;

export function userspaceWireGuard(options: UserspaceOptions): WireGuard {
  const { exec, announce, clock, folder } = options;

  const until = async (condition: () => boolean | Promise<boolean>, withinMs: number) => {
    const deadline = clock.monotonic() + withinMs;
    while (!(await condition())) {
      if (clock.monotonic() >= deadline) return false;
      await clock.sleep(lookMs);
    }
    return true;
  };

  const remove = async (link: string) => {
    const record = savedRecord(folder, link);
    if (record !== undefined && isRunning(record)) {
      announce(`kill ${record.pid}`);
      kill(record, "SIGTERM");
      if (!(await until(() => !isRunning(record), stopMs))) kill(record, "SIGKILL");
    }
    // The interface goes with its process; one without a known process takes its process with it.
    const gone = record !== undefined && (await until(() => !linkExists(link), stopMs));
    if (!gone && linkExists(link)) await change(exec, announce, "ip", ["link", "del", link]);
    rmSync(recordPath(folder, link), { force: true });
  };

  const create = async (link: string) => {
    await remove(link);
    const words = ["wireguard-go", "-f", link];
    announce(shellWords(words));
    const logPath = join(folder, `${link}.log`);
    writeFileAtomic(logPath, "");
    const log = openSync(logPath, "a");
    const child = start(words[0]!, words.slice(1), {
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"], LOG_LEVEL: "error" },
    });
    closeSync(log);
    let ended = false;
    const end = () => {
      ended = true;
    };
    child.once("error", end).once("exit", end);
    child.unref();
    const record = child.pid === undefined ? undefined : recordOf(child.pid);
    if (record !== undefined) writeFileAtomic(recordPath(folder, link), JSON.stringify(record));
    const ready = await until(async () => ended || (linkExists(link) && (await answers(link))), startMs);
    if (ready && !ended) return;
    const reason = readFileSync(logPath, "utf8")
      .split("\n")
      .filter((line) => line.includes("ERROR"))
      .join("; ");
    throw new Error(`wireguard-go for ${link} ${ended ? "ended" : "does not answer"}${reason && `: ${reason}`}`);
  };

  return {
    kind: "userspace",
    create,
    remove,
    isAlive: (link) => {
      const record = savedRecord(folder, link);
      return linkExists(link) && (record === undefined || isRunning(record));
    },
  };
}

/** Interfaces that a process was recorded for. */
export function recordedLinks(folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

const recordPath = (folder: string, link: string) => join(folder, `${link}.json`);

function savedRecord(folder: string, link: string): ProcessRecord | undefined {
  return readJsonIfAny(recordPath(folder, link)) as ProcessRecord | undefined;
}

function kill({ pid }: ProcessRecord, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether somebody listens at the interface's UAPI socket; its file alone may be a dead process's. */
function answers(link: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(link));
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}
