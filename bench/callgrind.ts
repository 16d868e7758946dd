// User instructions a request, counted by valgrind's callgrind. The difference of a long and a short run leaves start-up
// out; it repeats to about 1 % on a busy machine, which no figure in seconds does.
import { readFileSync } from "node:fs";
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
  /** Requests of the two runs; more of them spread what is done once in a while, such as collecting garbage. */
  readonly requests?: { readonly few: number; readonly many: number };
  /** Called once nginx listens, before the first request. */
  readonly ready: () => Promise<void>;
}

interface Run extends Counted {
  /** How many requests are sent. */
  readonly count: number;
  /** Called after the last one. */
  readonly done?: () => Promise<void>;
}

/** Instructions that nginx takes to answer `GET /orders/1` of api.example.com with 2xx. */
export async function instructionsPerRequest(counted: Counted): Promise<number> {
  const { few, many } = counted.requests ?? { few: 10_000, many: 30_000 };
  const shorter = await instructionsOf({ ...counted, count: few });
  return ((await instructionsOf({ ...counted, count: many })) - shorter) / (many - few);
}

/** Instructions of a whole run, its start and its end included. */
export async function instructionsOf({ folder, conf, port, token, ready, count, done }: Run): Promise<number> {
  const log = join(folder, "valgrind.log");
  const words = [
    "valgrind",
    "--tool=callgrind",
    "--smc-check=all",
    `--log-file=${log}`,
    `--callgrind-out-file=${join(folder, "out")}`,
  ];
  const nginx = await startPinned(0, [...words, "nginx", "-c", conf], port);
  try {
    await ready();
    const headers = ["-H", ":authority: api.example.com", "-H", `authorization: Bearer ${token}`];
    const url = `http://127.0.0.1:${port}/orders/1`;
    const ran = await exec("h2load", ["--h1", `-n${count}`, "-c8", "-t1", url, ...headers], { timeoutMs: 120_000 });
    const good = Number(/(\d+) 2xx/.exec(ran.stdout)?.[1] ?? 0);
    if (good !== count) throw new Error(`${good} of ${count} requests were answered with 2xx: ${ran.stdout}`);
    await done?.();
  } finally {
    await nginx.stop();
  }
  return Number(/Collected : (\d+)/.exec(readFileSync(log, "utf8"))![1]);
}
