// User instructions a request, counted by valgrind's callgrind in one nginx that goes on: its counters are read between requests, so
// that start-up is left out, and what it takes without requests is taken off. It repeats to about 1 % on a busy machine, which
// no figure in seconds does.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { exec } from "../src/lib/exec.ts";
import { startPinned } from "./rig.ts";

export interface Counted {
  /** For callgrind's own files. */
  readonly folder: string;
  /** An nginx.conf with `master_process off`, listening on `port`. */
  readonly conf: string;
  readonly port: number;
  readonly token: string;
  /** Called once nginx listens, before the first request. */
  readonly ready: () => Promise<void>;
}

export interface CountedNginx {
  /** Instructions since the last time. */
  readonly instructions: () => Promise<number>;
  /** Sends so many `GET /orders/1` of api.example.com; all must be answered with 2xx. */
  readonly ask: (count: number) => Promise<void>;
  /** Instructions a request of so many, without those that nginx takes in the same time anyway. */
  readonly perRequest: (count: number) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** LuaJIT has compiled their way after these. */
const warmUpRequests = 3_000;
const countedRequests = 6_000;
const idleMs = 3_000;
const loadMs = 240_000;

/** Instructions that nginx takes to answer `GET /orders/1` of api.example.com with 2xx. */
export async function instructionsPerRequest({ ready, ...counted }: Counted): Promise<number> {
  const nginx = await startCounted(counted);
  try {
    await ready();
    await nginx.ask(warmUpRequests);
    return await nginx.perRequest(countedRequests);
  } finally {
    await nginx.stop();
  }
}

export async function startCounted(counted: Omit<Counted, "ready">): Promise<CountedNginx> {
  const { folder, conf, port, token } = counted;
  const out = join(folder, "callgrind");
  const valgrind = ["valgrind", "--tool=callgrind", "--smc-check=all", `--log-file=${join(folder, "valgrind.log")}`];
  const words = [...valgrind, `--callgrind-out-file=${out}`, "nginx", "-c", conf];
  const nginx = await startPinned(0, words, port);

  /** callgrind writes what it has counted to a file and starts again from nothing. */
  async function instructions(): Promise<number> {
    const told = await exec("vgdb", [`--pid=${nginx.pid}`, "dump"], { timeoutMs: 60_000 });
    if (told.code !== 0) throw new Error(`vgdb: ${told.stderr}`);
    let sum = 0;
    for (const file of readdirSync(folder).filter((one) => one.startsWith("callgrind."))) {
      sum += Number(/^totals: (\d+)/m.exec(readFileSync(join(folder, file), "utf8"))?.[1] ?? 0);
      rmSync(join(folder, file));
    }
    if (sum === 0) throw new Error("callgrind wrote no counts");
    return sum;
  }

  async function ask(count: number): Promise<void> {
    const headers = ["-H", ":authority: api.example.com", "-H", `authorization: Bearer ${token}`];
    const url = `http://127.0.0.1:${port}/orders/1`;
    const ran = await exec("h2load", ["--h1", `-n${count}`, "-c8", "-t1", url, ...headers], { timeoutMs: loadMs });
    if (ran.timedOut) throw new Error(`h2load did not send ${count} requests within ${loadMs / 1000} s`);
    const good = Number(/(\d+) 2xx/.exec(ran.stdout)?.[1] ?? 0);
    if (good !== count)
      throw new Error(`${good} of ${count} requests were answered with 2xx: ${ran.stdout}${ran.stderr}`);
  }

  async function perRequest(count: number): Promise<number> {
    await instructions();
    const idleStart = performance.now();
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    const idleEnd = performance.now();
    const idle = (await instructions()) / (idleEnd - idleStart);
    const start = performance.now();
    await ask(count);
    const ms = performance.now() - start;
    return ((await instructions()) - idle * ms) / count;
  }

  return { instructions, ask, perRequest, stop: nginx.stop };
}
