// Starts what is measured, pinned to processors; loads it; reads requests, latency and the processor time it took.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, start } from "../src/lib/exec.ts";

export interface Running {
  readonly pid: number;
  /** Processor time of the process and its children so far, µs. */
  readonly cpuMicros: () => number;
  readonly stop: () => Promise<void>;
}

/** Still running, to be ended with this process: nginx ends its workers at SIGTERM, not when it is killed. */
const started = new Set<number>();
process.on("exit", () => {
  for (const pid of started) process.kill(pid, "SIGTERM");
});

/** A folder for the files of what is measured, and the servers that run by them. */
export interface Stand {
  readonly folder: string;
  /** Writes a file there; gives its path. */
  readonly file: (name: string, content: string | Buffer) => string;
  /** As `startPinned`. */
  readonly start: typeof startPinned;
  /** Ends the servers and removes the folder. */
  readonly end: () => Promise<void>;
}

export function makeStand(name: string): Stand {
  const folder = mkdtempSync(join(tmpdir(), `portway-${name}-`));
  const running: Running[] = [];
  return {
    folder,
    file(called, content) {
      const path = join(folder, called);
      writeFileSync(path, content);
      return path;
    },
    async start(...subject) {
      const one = await startPinned(...subject);
      running.push(one);
      return one;
    },
    async end() {
      for (const one of running) await one.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const ticksPerSecond = 100; // USER_HZ of every Linux that Debian 12 runs on

/** Starts a server on one processor, or on some (`0,1`), and waits until it listens on `port`. */
export async function startPinned(cpu: number | string, words: readonly string[], port: number): Promise<Running> {
  const child = start("taskset", ["-c", String(cpu), ...words], { stdio: ["ignore", "ignore", "inherit"] });
  const pid = child.pid!;
  started.add(pid);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      started.delete(pid);
      resolve();
    });
  });
  await listening(port, () => {
    if (!started.has(pid)) throw new Error(`${words.join(" ")} ended before it listened on ${port}`);
  });
  return {
    pid,
    cpuMicros: () => treeOf(pid).reduce((sum, one) => sum + cpuMicrosOf(one), 0),
    stop: async () => {
      if (started.has(pid)) child.kill("SIGTERM");
      await gone;
    },
  };
}

export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly cpuMicrosPerRequest: number;
}

/** Loads `url` with wrk (32 kept-alive connections) from `cpu`; throws when an answer was not 2xx. */
export async function load(
  cpu: number | string,
  url: string,
  headers: readonly string[],
  seconds: number,
  subject: Running,
): Promise<Load> {
  const words = [
    "-c",
    String(cpu),
    "wrk",
    "-t1",
    "-c32",
    `-d${seconds}s`,
    "--latency",
    ...headers.flatMap((header) => ["-H", header]),
    url,
  ];
  const before = subject.cpuMicros();
  const ran = await exec("taskset", words, { timeoutMs: (seconds + 20) * 1000 });
  const cpuMicros = subject.cpuMicros() - before;
  if (ran.code !== 0) throw new Error(`wrk: ${ran.stderr}`);
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(ran.stdout)?.[1];
  if (refused) throw new Error(`${url}: ${refused} answers were errors`);
  const requests = Number(/(\d+) requests in/.exec(ran.stdout)![1]);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(ran.stdout)![1]),
    p50Micros: latencyMicros(ran.stdout, "50%"),
    p99Micros: latencyMicros(ran.stdout, "99%"),
    cpuMicrosPerRequest: cpuMicros / requests,
  };
}

/** The median of each figure. */
export function printLoads(name: string, loads: readonly Load[]): void {
  const of = (pick: (one: Load) => number) => median(loads.map(pick));
  console.log(`${name}_requests_per_second ${of((one) => one.requestsPerSecond).toFixed(0)} /s`);
  console.log(`${name}_p50 ${of((one) => one.p50Micros).toFixed(0)} us`);
  console.log(`${name}_p99 ${of((one) => one.p99Micros).toFixed(0)} us`);
  console.log(`${name}_cpu_per_request ${of((one) => one.cpuMicrosPerRequest).toFixed(2)} us`);
}

export async function isOnPath(program: string): Promise<boolean> {
  return (await exec("sh", ["-c", `command -v ${program}`])).code === 0;
}

/** The value below which this share of them lies; NaN: there are none. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function listening(port: number, check: () => void): Promise<void> {
  for (let attempt = 0; attempt < 1600; attempt++) {
    check();
    if (await connects(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...(children === "" ? [] : children.split(" ").flatMap((child) => treeOf(Number(child))))];
  } catch {
    return [];
  }
}

function cpuMicrosOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000_000;
  } catch {
    return 0;
  }
}

function latencyMicros(text: string, percentile: string): number {
  const [, value, unit] = new RegExp(`${percentile}\\s+([\\d.]+)(us|ms|s)`).exec(text)!;
  return Number(value) * { us: 1, ms: 1000, s: 1_000_000 }[unit as "us" | "ms" | "s"];
}
