// Knows a process again after a restart of the agent or of the machine: its number alone could be another's by now.
import { readFileSync } from "node:fs";

export interface ProcessRecord {
  readonly pid: number;
  /** When it started, clock ticks since boot (proc(5), field 22). */
  readonly startTicks: number;
  readonly bootId: string;
}

/** The record of a process that runs; undefined for one that does not, or is a zombie. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks, bootId: bootId() };
}

export function isRunning(record: ProcessRecord): boolean {
  return record.bootId === bootId() && record.startTicks === startTicksOf(record.pid);
}

function startTicksOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command, in parentheses, may itself hold spaces and parentheses: fields count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : Number(fields[19]);
}

const bootId = () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
