// One worker on processor 0 with limits, time-outs and kernel settings as everyone has them, an origin, and a good client of
// another address that asks every 20 ms. All three go before attackers and other work, whatever those do.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUsual, put, takeBack, unsentBytes } from "../src/lib/kernel-settings.ts";
import { selfSigned } from "../src/lib/x509.ts";
import type { ClientLimitsConfig } from "../src/wire/edge.ts";
import type { Objects } from "../src/wire/objects.ts";
import { freePort } from "../test/lab/free-port.ts";
import { plainRoute, plainService } from "./plain-objects.ts";
import { preparePortway } from "./portway.ts";
import { quantile, startPinned } from "./rig.ts";

/** The name that the gateway serves. */
export const name = "a.test";
const goodEveryMs = 20;
/** Not the attacker's, whom the limits to each client meet. */
const goodAddress = "127.0.0.2";
/** Before all that is not of real time on its processor: else it waits for an attacker's turn to end, or for other work's. */
const first = ["chrt", "-f", "10"];

/** As `edge.limits` is unless told. */
export const usualLimits: ClientLimitsConfig = {
  connections: 1000,
  intervalMicros: 500,
  burst: 2000,
  handshakes: { intervalMicros: 5_000, burst: 1_000 },
  floodBanSeconds: 60,
};

export interface Watched {
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly growthBytes: number;
  readonly cpuShare: number;
  /** Of the time, that it waited for its processor: above a few percent, the times say more of the machine than of it. */
  readonly queuedShare: number;
}

export interface HostileRig {
  readonly port: number;
  readonly httpsPort: number;
  readonly limitTo: (limits: ClientLimitsConfig) => Promise<void>;
  readonly residentBytes: () => number;
  /** What good requests felt, how much the worker grew at most and what of a processor it took, while `work` went on. */
  readonly whileGood: (work: () => Promise<unknown>) => Promise<Watched>;
  readonly stop: () => Promise<void>;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const figure = (what: string, value: number, unit: string, digits = 0) =>
  console.log(`${what} ${value.toFixed(digits)} ${unit}`);

export function report(what: string, watched: Watched, quiet: Watched): void {
  const { p99Ms, worstMs, growthBytes, cpuShare, queuedShare } = watched;
  figure(`${what}_good_p99`, p99Ms, "ms", 1);
  figure(`${what}_good_worst`, worstMs, "ms", 1);
  figure(`${what}_good_p99_over_quiet`, p99Ms / quiet.p99Ms, "", 2);
  figure(`${what}_worker_growth`, growthBytes / 1024, "KiB");
  figure(`${what}_worker_cpu`, 100 * cpuShare, "%");
  figure(`${what}_worker_queued`, 100 * queuedShare, "%");
}

export async function startHostileRig(): Promise<HostileRig> {
  const [port, httpsPort, originPort] = [await freePort(), await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "portway-hostile-"));
  const origin = await startPinned(1, [...first, "nginx", "-c", originConf(folder, originPort)], originPort);
  if (isUsual(unsentBytes)) process.once("exit", () => takeBack(unsentBytes));
  put(unsentBytes); // as the edge does
  const portway = await preparePortway(folder, port, httpsPort);
  const nginx = await startPinned(0, [...first, "nginx", "-c", portway.conf], port);
  const certificate = { names: [name], ...(await selfSigned([name], Date.now())) };
  const limitTo = (limits: ClientLimitsConfig) => portway.push(objects(originPort, certificate, limits));
  await limitTo(usualLimits);
  const workerPid = Number(readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, "utf8").trim().split(" ")[0]);
  const residentBytes = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerPid}/status`, "utf8"))![1]) * 1024;
  /** How long the worker could have run while others had its processor, seconds so far. */
  const queuedSeconds = () => Number(readFileSync(`/proc/${workerPid}/schedstat`, "utf8").split(" ")[1]) / 1e9;

  async function whileGood(work: () => Promise<unknown>): Promise<Watched> {
    const before = residentBytes();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, residentBytes());
    }, 200);
    const [start, cpu, queued] = [performance.now(), nginx.cpuMicros(), queuedSeconds()];
    const stop = goodClient(port);
    await work();
    const times = await stop();
    clearInterval(timer);
    const seconds = (performance.now() - start) / 1000;
    return {
      p99Ms: quantile(times, 0.99),
      worstMs: Math.max(...times),
      growthBytes: Math.max(most, residentBytes()) - before,
      cpuShare: (nginx.cpuMicros() - cpu) / (seconds * 1_000_000),
      queuedShare: (queuedSeconds() - queued) / seconds,
    };
  }

  return {
    port,
    httpsPort,
    limitTo,
    residentBytes,
    whileGood,
    stop: async () => {
      await nginx.stop();
      await origin.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Answers at once, and /large with 1 MiB. */
function originConf(folder: string, port: number): string {
  writeFileSync(join(folder, "large"), Buffer.alloc(2 ** 20, "x"));
  const conf = join(folder, "origin.conf");
  writeFileSync(
    conf,
    `user root; worker_processes 1; daemon off; pid ${folder}/origin.pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /large { root ${folder}; }
    location / { return 200 done; }
  }
}\n`,
  );
  return conf;
}

function objects(originPort: number, certificate: object, clients: ClientLimitsConfig): Objects {
  const service = plainService("app", originPort, {
    ejection: { errors: 1_000_000, cooldownMs: 1000 },
    timeouts: { connectMs: 2_000, sendMs: 30_000, readMs: 60_000 },
  });
  const route = plainRoute("app", { hosts: ["*"] });
  const all = { "service/app": service, "route/app": route, "certificate/a": certificate, "limits/edge": { clients } };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, JSON.stringify(value)]));
}

/** Good requests by a program that goes before the attacker's on their processor, until stopped; one that failed is infinitely late. */
function goodClient(port: number): () => Promise<readonly number[]> {
  const words = [process.execPath, join(import.meta.dirname, "good-client.ts"), port, goodAddress, name, goodEveryMs];
  const client = spawn("taskset", ["-c", "1", ...first, ...words.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  client.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
  return async () => {
    client.kill("SIGTERM");
    await ended;
    return (JSON.parse(text) as (number | null)[]).map((ms) => ms ?? Number.POSITIVE_INFINITY);
  };
}
