// What /proc tells about processes: who is alive, and which of them belong to a lab.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProcessInfo {
  readonly pid: number;
  /** Its words, joined by spaces. */
  readonly command: string;
}

/** When the process started, in clock ticks since boot; with the pid it names one process for good. */
export function startTicks(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command, in parentheses, may itself hold spaces and parentheses: fields count from the last one.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : Number(fields[19]);
}

/**
 * Processes whose mount namespace has a mount that comes from `folder`: everything that was started in a box of a lab,
 * also what has daemonised, changed its name or moved to a namespace of its own. Zombies do not count.
 */
export function processesUnder(folder: string): ProcessInfo[] {
  const marker = `/${folder.split("/").slice(2).join("/")}/`; // mountinfo leaves the file system's own mount point away
  const machine = readlinkSync("/proc/self/ns/mnt");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => mountNamespace(pid) !== machine && read(`/proc/${pid}/mountinfo`)?.includes(marker))
    .map((pid) => ({ pid: Number(pid), command: (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim() }));
}

function mountNamespace(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the process ended meanwhile
  }
}
