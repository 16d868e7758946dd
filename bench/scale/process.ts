// What processes cost, from /proc.
import { readFileSync } from "node:fs";

/** Processor time of all threads of a process so far, in ms (proc(5)); a tick is 10 ms. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Memory that a process shares with nobody, in MiB. */
export function privateMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].map(([, text]) => Number(text));
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Processor time that the whole machine has spent so far on anything, in ms. */
export function machineMs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/ +/).slice(1).map(Number);
  return 10 * (user + nice + system + irq + softirq);
}
