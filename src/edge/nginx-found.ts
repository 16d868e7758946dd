// Which nginx processes of ours run, as /proc tells: the pid file names the master, its title proves it.
import { readdirSync, readFileSync } from "node:fs";
import { readFileIfAny } from "../lib/files.ts";

export interface FoundNginx {
  /** What the pid file says, whether it lives or not. */
  readonly recorded: number | undefined;
  /** The living master. */
  readonly master: number | undefined;
  /** Workers that take new connections. */
  readonly workers: readonly number[];
  /** Workers that finish what they have. */
  readonly leaving: readonly number[];
}

const masterTitle = "nginx: master process";
const workerTitle = "nginx: worker process";
const leavingTitle = "nginx: worker process is shutting down";

/** Whether this process is the master that was started with this file. A zombie has no title. */
export function isMaster(pid: number, confFile: string): boolean {
  const title = titleOf(pid);
  return title.startsWith(masterTitle) && `${title} `.includes(` ${confFile} `);
}

/** Looks for the master and its workers; without a living master, for those that its death left behind. */
export function findNginx(pidFile: string, confFile: string): FoundNginx {
  const recorded = Number.parseInt(readFileIfAny(pidFile) ?? "", 10) || undefined;
  const nothing = { recorded, master: undefined, workers: [], leaving: [] };
  if (recorded === undefined) return nothing;
  const master = isMaster(recorded, confFile) ? recorded : undefined;
  const workers: number[] = [];
  const leaving: number[] = [];
  const candidates = master === undefined ? undefined : childrenOf(master);
  for (const pid of candidates ?? processIds()) {
    // A master is the leader of its session, which its workers keep also without it.
    if (candidates === undefined && sessionOf(pid) !== recorded) continue;
    const title = titleOf(pid);
    if (title.startsWith(leavingTitle)) leaving.push(pid);
    else if (title.startsWith(workerTitle) || isUnnamedWorker(pid, title, recorded)) workers.push(pid);
  }
  return { recorded, master, workers, leaving };
}

/** A worker has its master's title for the moment between its birth and its first step. */
const isUnnamedWorker = (pid: number, title: string, master: number) => pid !== master && title.startsWith(masterTitle);

/** Sends a signal; false when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Far cheaper than a look at every process; undefined on a kernel that does not tell. */
function childrenOf(pid: number): number[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return undefined;
  }
}

function processIds(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function titleOf(pid: number): string {
  return procFile(pid, "cmdline").replaceAll("\0", " ").trim();
}

/** Field 6 of /proc/PID/stat; the command before it may hold any character. */
function sessionOf(pid: number): number {
  const stat = procFile(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}
